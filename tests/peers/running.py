"""netspec's models, run with a peer's weights on its images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

import netspec
from peers.peer import Array, Peer


def run_torch(spec: netspec.Spec, peer: Peer, endpoints: list[str]) -> dict[str, Array]:
    """Return the endpoints of the torch module, NHWC."""
    import torch

    net = spec.to("torch", weights=peer.weights, endpoints=endpoints).eval()
    with torch.no_grad():
        found = net(torch.from_numpy(to_nchw(peer.images)))
    return {name: to_nhwc(found[name].numpy()) for name in endpoints}


def run_keras(spec: netspec.Spec, peer: Peer, endpoints: list[str]) -> dict[str, Array]:
    """Return the endpoints of the Keras model, NHWC."""
    import keras

    net = spec.to("keras", weights=peer.weights, endpoints=endpoints)
    found = net(peer.images, training=False)
    return {name: keras.ops.convert_to_numpy(found[name]) for name in endpoints}


def run_onnx(spec: netspec.Spec, peer: Peer, endpoints: list[str]) -> dict[str, Array]:
    """Return the endpoints of the ONNX graph in ONNX Runtime, NHWC."""
    import onnxruntime

    proto = spec.to("onnx", weights=peer.weights, endpoints=endpoints)
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(endpoints, {"image": to_nchw(peer.images)})
    return {name: to_nhwc(value) for name, value in zip(endpoints, found, strict=True)}


RUNNERS: Mapping[str, Callable[[netspec.Spec, Peer, list[str]], dict[str, Array]]] = {
    "torch": run_torch,
    "keras": run_keras,
    "onnx": run_onnx,
}


def to_nchw(images: Array) -> Array:
    """Return NHWC images as contiguous NCHW."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def to_nhwc(value: Array) -> Array:
    """Return an NCHW map as NHWC; class scores (N, classes) as they are."""
    return value.transpose(0, 2, 3, 1) if value.ndim == 4 else value
