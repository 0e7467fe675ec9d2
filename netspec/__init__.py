"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netspec.diagnostics import Diagnostic, SpecError
    from netspec.proof.report import ParityReport
    from netspec.proof.run import parity
    from netspec.spec import Spec, init_weights, load
    from netspec.summary import Summary
    from netspec.targets import MissingExtra

__all__ = [
    "Diagnostic",
    "MissingExtra",
    "ParityReport",
    "Spec",
    "SpecError",
    "Summary",
    "init_weights",
    "load",
    "parity",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The public names, each loaded when it is first asked for: commands start faster."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = _loaded()[name]
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _loaded() -> dict[str, Any]:
    from netspec import diagnostics, spec, summary, targets
    from netspec.proof import report, run

    modules = (diagnostics, report, run, spec, summary, targets)
    return {name: getattr(m, name) for name in __all__ for m in modules if hasattr(m, name)}
