"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netspec.diagnostics import Diagnostic, SpecError
    from netspec.images.predicting import predict
    from netspec.images.preparing import preprocess
    from netspec.limits import Limits
    from netspec.proof.report import ParityReport
    from netspec.proof.run import parity
    from netspec.spec import Spec, init_weights, load, load_all
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


def __getattr__(name: str) -> Any:
    """A public name, loaded when it is asked for: the command line answers at once."""
    if name not in __all__:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    if name == "parity":
        from netspec.proof.run import parity

        return parity
    if name == "ParityReport":
        from netspec.proof.report import ParityReport

        return ParityReport
    if name == "sweep":
        from netspec.sweeping.sweep import sweep

        return sweep
    if name == "SweepResult":
        from netspec.sweeping.results import SweepResult

        return SweepResult
    if name == "predict":
        from netspec.images.predicting import predict

        return predict
    if name == "preprocess":
        from netspec.images.preparing import preprocess

        return preprocess
    from netspec import diagnostics, limits, spec, targets

    homes = {
        "Diagnostic": diagnostics,
        "Limits": limits,
        "MissingExtra": targets,
        "SpecError": diagnostics,
    }
    return getattr(homes.get(name, spec), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
