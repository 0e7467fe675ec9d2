"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""

from typing import TYPE_CHECKING, Any

from netspec.diagnostics import Diagnostic, SpecError
from netspec.spec import Spec, init_weights, load
from netspec.targets import MissingExtra

if TYPE_CHECKING:
    from netspec.proof.report import ParityReport
    from netspec.proof.run import parity

__all__ = [
    "Diagnostic",
    "MissingExtra",
    "ParityReport",
    "Spec",
    "SpecError",
    "init_weights",
    "load",
    "parity",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """What a proof needs is loaded when asked for: commands that look at specs start sooner."""
    if name == "parity":
        from netspec.proof.run import parity

        return parity
    if name == "ParityReport":
        from netspec.proof.report import ParityReport

        return ParityReport
    raise AttributeError(f"module 'netspec' has no attribute {name!r}")
