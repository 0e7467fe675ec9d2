"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netspec.diagnostics import Diagnostic, SpecError
    from netspec.images.predicting import predict
    from netspec.images.preparing import preprocess
    from netspec.limits import Limits
    from netspec.loading import load, load_all
    from netspec.proof.report import ParityReport
    from netspec.proof.run import parity
    from netspec.spec import Spec, init_weights
    from netspec.sweeping.results import SweepResult
    from netspec.sweeping.sweep import sweep
    from netspec.targets import MissingExtra

__all__ = [
    "Diagnostic",
    "Limits",
    "MissingExtra",
    "ParityReport",
    "Spec",
    "SpecError",
    "SweepResult",
    "init_weights",
    "load",
    "load_all",
    "parity",
    "predict",
    "preprocess",
    "sweep",
]
__version__ = "0.1.0"


_HOMES = {
    "Diagnostic": "diagnostics",
    "Limits": "limits",
    "MissingExtra": "targets",
    "ParityReport": "proof.report",
    "Spec": "spec",
    "SpecError": "diagnostics",
    "SweepResult": "sweeping.results",
    "init_weights": "spec",
    "load": "loading",
    "load_all": "loading",
    "parity": "proof.run",
    "predict": "images.predicting",
    "preprocess": "images.preparing",
    "sweep": "sweeping.sweep",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    """A public name, loaded when it is asked for: the command line answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    return getattr(import_module(f"netspec.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
