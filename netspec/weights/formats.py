"""The formats that weights are ported from and to: what each calls a weight, and how it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from netspec.diagnostics import Diagnostic, SpecError
from netspec.suggestions import did_you_mean
from netspec.weights.layouts import CHANNELS_FIRST, CHANNELS_LAST, Layout

Roles = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """One framework's way with weights.

    A weight is called MODULE `separator` LEAF; leaves go by the role, or count a module's weights
    in the order of `numbered`. `own` and `norm` say what a module's own weights stand below and
    what its batch norm's do, `{}` being the module's name, unless a name map says otherwise.
    """

    name: str
    title: str
    separator: str
    layouts: Mapping[str, Layout]
    writers: Mapping[str, str]
    """The writer of `netspec.targets.WRITERS` for each ending of a file's name that is taken."""
    leaves: Mapping[str, str] = field(default_factory=dict)
    numbered: Roles = ()
    own: str = "{}"
    norm: str = "{}"
    no_weights: tuple[str, ...] = ()
    """Globs of tensors that come with weights and are none: counters, an optimiser's state."""
    telling: Mapping[str, str] = field(default_factory=dict)
    """What unknown tensors of such names, globs, say of their file."""
    gamma: bool = True
    """Whether batch norms have a gamma, unless a name map says otherwise."""

    def leaf(self, role: str, roles: Roles) -> str:
        """What the weight of a role is called in a module that has these roles."""
        if self.numbered:
            return str(sorted(roles, key=self.numbered.index).index(role))
        return self.leaves.get(role, role)

    def ignores(self, name: str) -> bool:
        """Whether a tensor of that name is known to be no weight of the network."""
        return any(fnmatchcase(name, glob) for glob in self.no_weights)


_TORCH_LEAVES = {
    "kernel": "weight",
    "depthwise_kernel": "weight",
    "pointwise_kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def _torch(name: str, title: str) -> Format:
    return Format(
        name,
        title,
        separator=".",
        layouts=CHANNELS_FIRST,
        writers={".safetensors": "safetensors", "": "torch"},
        leaves=_TORCH_LEAVES,
        no_weights=("*.num_batches_tracked",),
    )


_SLIM = Format(
    "slim",
    "TF-slim",
    separator="/",
    layouts=CHANNELS_LAST,
    writers={"": "tensorflow"},
    leaves={
        "kernel": "weights",
        "depthwise_kernel": "depthwise_weights",
        "pointwise_kernel": "pointwise_weights",
        "bias": "biases",
    },
    norm="{}/BatchNorm",
    no_weights=(
        "global_step",
        "*/mean_rgb",  # what images were trained without: VGG's and ResNet's checkpoints have it
        "*/ExponentialMovingAverage",
        "*/Momentum",
        "*/Adam",
        "*/Adam_1",
        "*/RMSProp",
        "*/RMSProp_1",
    ),
)

_KERAS = Format(
    "keras",
    "Keras",
    separator="/",
    layouts=CHANNELS_LAST,
    writers={".weights.h5": "hdf5"},
    # the order in which a layer's `vars` are numbered: trainable ones by creation, then the others
    numbered=(
        "kernel",
        "depthwise_kernel",
        "pointwise_kernel",
        "bias",
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    ),
    telling={
        "layers/*": "the file does not name its layers, as those of the first Keras 3: save it with"
        " a later one, or as .h5"
    },
    no_weights=(
        "optimizer/*",
        "seed_generator*/*",
        "*/seed_generator*/*",
        "dropout*/seed_generator_state",
    ),
)

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        _SLIM,
        _KERAS,
        _torch("torchvision", "torchvision"),
        _torch("timm", "timm"),
    )
}


def named(name: str) -> Format:
    """The format of that name; raises `SpecError` (NS621)."""
    if name in FORMATS:
        return FORMATS[name]
    hints = did_you_mean(name, FORMATS) or (f"formats: {', '.join((*FORMATS, 'onnx'))}",)
    raise SpecError([Diagnostic("NS621", f"there is no format `{name[:40]}`", hints=hints)])
