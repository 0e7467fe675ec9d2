"""What the tools themselves report for a live torch model: per module, one image, eval mode."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # old calls of torch and of distutils
    import fvcore.nn
    import thop
    import torchinfo


class Figures(NamedTuple):
    """Operations and parameters, by the module's name: "" is the whole; a missing one has none."""

    operations: Mapping[str, int]
    params: Mapping[str, int]


def by_fvcore(model: nn.Module, image: torch.Tensor) -> Figures:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fvcore.nn.FlopCountAnalysis(model, image)
        found.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        operations = {name: int(count) for name, count in found.by_module().items()}
    return Figures(operations, dict(fvcore.nn.parameter_count(model)))


def by_thop(model: nn.Module, image: torch.Tensor) -> Figures:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        operations, params, layers = thop.profile(
            model, (image,), verbose=False, ret_layer_info=True
        )
    found = Figures({"": int(operations)}, {"": int(params)})
    _flatten(layers, "", found)
    return found


def _flatten(layers: Mapping[str, Any], above: str, found: Any) -> None:
    for name, (operations, params, within) in layers.items():
        path = f"{above}.{name}" if above else name
        found.operations[path], found.params[path] = int(operations), int(params)
        _flatten(within, path, found)


def by_torchinfo(model: nn.Module, image: torch.Tensor) -> Figures:
    names = {id(module): name for name, module in model.named_modules()}
    with contextlib.redirect_stdout(io.StringIO()):
        found = torchinfo.summary(model, input_data=[image], verbose=0, mode="eval", device="cpu")
    operations, params = {}, {}
    for info in found.summary_list:
        params[names[info.layer_id]] = info.num_params
        if info.is_leaf_layer:
            operations[names[info.layer_id]] = info.macs
    operations[""], params[""] = found.total_mult_adds, found.total_params
    return Figures(operations, params)


def by_torch(model: nn.Module, image: torch.Tensor) -> Figures:
    mode = FlopCounterMode(display=False)
    with mode, torch.no_grad():
        model(image)
    root = type(model).__name__
    operations = {
        name.removeprefix(root).removeprefix("."): sum(counts.values())
        for name, counts in mode.get_flop_counts().items()
        if name != "Global"
    }
    operations[""] = mode.get_total_flops()
    return Figures(operations, {})


REAL: Mapping[str, Callable[[nn.Module, torch.Tensor], Figures]] = {
    "fvcore": by_fvcore,
    "thop": by_thop,
    "torchinfo": by_torchinfo,
    "torch": by_torch,
}
