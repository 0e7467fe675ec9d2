"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""

from netspec.diagnostics import Diagnostic, SpecError
from netspec.spec import Spec, load

__all__ = ["Diagnostic", "Spec", "SpecError", "load"]
__version__ = "0.1.0"
