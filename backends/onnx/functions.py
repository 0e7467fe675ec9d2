"""The rules of functions: those that need attributes, or more than one node."""

from __future__ import annotations

import numpy as np
from onnx import helper

from netspec.backends.onnx import layout
from netspec.backends.onnx.site import Emitted, Site
from netspec.backends.onnx.tensors import value_info
from netspec.ops.activation import Elu, Gelu, LeakyRelu

APPROXIMATE = {"exact": "none", "tanh": "tanh"}
"""Gelu's attribute, by our form."""


def relu6(site: Site) -> Emitted:
    """Clip, whose bounds are inputs."""
    bounds = {
        site.tensor("min"): np.array(0, np.float32),
        site.tensor("max"): np.array(6, np.float32),
    }
    return Emitted((site.node_proto("Clip", *bounds),), bounds)


def leaky_relu(site: Site) -> Emitted:
    """LeakyRelu, which calls the slope alpha."""
    return Emitted((site.node_proto("LeakyRelu", alpha=site.op(LeakyRelu).slope),))


def elu(site: Site) -> Emitted:
    """Elu."""
    return Emitted((site.node_proto("Elu", alpha=site.op(Elu).alpha),))


def gelu(site: Site) -> Emitted:
    """Gelu, exact or by a tanh."""
    return Emitted((site.node_proto("Gelu", approximate=APPROXIMATE[site.op(Gelu).form]),))


def silu(site: Site) -> Emitted:
    """Sigmoid and Mul: onnxruntime 1.32 has no kernel for opset 24's Swish."""
    gate = site.tensor("sigmoid")
    nodes = (
        helper.make_node("Sigmoid", list(site.inputs), [gate], gate),
        site.node_proto("Mul", gate),
    )
    return Emitted(nodes, between=(value_info(gate, layout.dims(site.node.output)),))


def hard_sigmoid(site: Site) -> Emitted:
    """HardSigmoid with our slope; ONNX's own default is 0.2."""
    return Emitted((site.node_proto("HardSigmoid", alpha=1 / 6, beta=0.5),))


def softmax(site: Site) -> Emitted:
    """Softmax along the channels."""
    return Emitted((site.node_proto("Softmax", axis=layout.CHANNELS),))
