"""The exporters that people use, each as it is called by default and in its other ways."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Export = Callable[[nn.Module, Tensor, Path], None]


def _quietly(export: Callable[[], Any]) -> None:
    """Exporters tell at length what they do, and warn of their own age."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        export()


def torchscript(module: nn.Module, image: Tensor, path: Path, **options: Any) -> None:
    """torch's older exporter, which folds batch norms."""
    _quietly(
        lambda: torch.onnx.export(
            module,
            (image,),
            str(path),
            dynamo=False,
            input_names=["image"],
            dynamic_axes={"image": {0: "batch"}},
            **options,
        )
    )


def torchscript_unfolded(module: nn.Module, image: Tensor, path: Path) -> None:
    """The same with batch norms kept."""
    kept = torch.onnx.TrainingMode.PRESERVE
    torchscript(module, image, path, training=kept, do_constant_folding=False)


def torchscript_fixed(module: nn.Module, image: Tensor, path: Path) -> None:
    """The same for one batch size, as it is by default, in an older opset."""
    _quietly(lambda: torch.onnx.export(module, (image,), str(path), dynamo=False, opset_version=11))


def dynamo(module: nn.Module, image: Tensor, path: Path, **options: Any) -> None:
    """torch's newer exporter."""
    shapes = ({0: torch.export.Dim("batch")},)
    _quietly(
        lambda: torch.onnx.export(
            module, (image,), str(path), dynamo=True, dynamic_shapes=shapes, **options
        )
    )


def dynamo_in_one_file(module: nn.Module, image: Tensor, path: Path) -> None:
    """The same, all in one file; by default the weights are beside it."""
    dynamo(module, image, path, external_data=False)


def dynamo_as_traced(module: nn.Module, image: Tensor, path: Path) -> None:
    """The same without optimisation, full of shapes and expanded constants."""
    dynamo(module, image, path, external_data=False, optimize=False)


EXPORTS: Mapping[str, Export] = {
    "torchscript": torchscript,
    "torchscript, unfolded": torchscript_unfolded,
    "torchscript, fixed batch, opset 11": torchscript_fixed,
    "dynamo": dynamo_in_one_file,
    "dynamo, weights beside": dynamo,
    "dynamo, as traced": dynamo_as_traced,
}
