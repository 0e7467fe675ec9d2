"""netspec's Inception V3 computes what TF-slim's and Keras's own compute, in every backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

import netspec
from peers.peer import Array, Peer

ENDPOINTS = ("Mixed_5b", "Mixed_6e", "Mixed_7c", "Logits", "AuxLogits")
TOLERANCE = 5e-6


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


@pytest.fixture(scope="session", params=["slim_peer", "keras_peer"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """Return each peer in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Peer)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("target", RUNNERS)
def test_endpoints_equal_the_peers(peer: Peer, target: str) -> None:
    """The error, max|found - peer's| / max|peer's|, stays within float32's at every endpoint."""
    endpoints = [name for name in ENDPOINTS if name in peer.endpoints]
    _, height, width, _ = peer.images.shape
    spec = netspec.load(
        "inception_v3", set={"aux": "AuxLogits" in peer.endpoints}, input=(height, width)
    )
    found = RUNNERS[target](spec, peer, endpoints)
    for name in endpoints:
        expected = peer.endpoints[name]
        assert found[name].shape == expected.shape, name
        error = np.abs(found[name] - expected).max() / np.abs(expected).max()
        assert error <= TOLERANCE, f"{name}: {error:.1e}"
