"""The ONNX backend: graphs built node by node, run by onnxruntime."""

from netspec.backends.onnx.backend import BACKEND

__all__ = ["BACKEND"]
