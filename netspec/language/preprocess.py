"""`preprocess:`, how an image becomes the network's input: its fields, each with one meaning.

An image is height x width pixels of bytes, upright. In this order: the central part is kept, it is
resized, what is too much is cut off around the centre, channels are put in order, and every byte b
becomes (low + b * (high - low) / 255 - mean) / std. `netspec.images` does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from netspec.diagnostics import Diagnostic
from netspec.ir.shapes import Map
from netspec.language.judging import judge
from netspec.language.scope import Scope, Unknown, has_expression
from netspec.ops.constructs import NOTES, Construct, JsonSchema, Kind, option
from netspec.ops.kinds import BOOL, choice, integer, number, properties_of
from netspec.reading.document import Mapping, Node, Plain

SIDE_AT_MOST = 65_536
LARGEST, SMALLEST = 1_000_000, 1e-6
"""Bounds on numbers, far past every use: what is computed with them stays finite in float32."""
CHANNELS = {"rgb": 3, "bgr": 3, "grey": 1}
"""How many numbers a pixel has in each order."""


def _read_side(value: str | int) -> int | None:
    return None if isinstance(value, str) else value


def _write_side(value: int | None) -> Plain:
    return "none" if value is None else value


_PIXELS = integer("pixels", 1, SIDE_AT_MOST).schema
_SIDE = Kind(
    f"none or a number of pixels from 1 to {SIDE_AT_MOST:,}",
    {"anyOf": [{"enum": ["none"]}, _PIXELS]},
    _read_side,
    _write_side,
)


class Range(NamedTuple):
    """What the bytes 0 and 255 become."""

    low: float
    high: float


PerChannel = tuple[float, ...]
"""A number for all channels, or one for each, in their order."""


def _read_channels(value: float | list[float]) -> PerChannel:
    return tuple(map(float, value)) if isinstance(value, list) else (float(value),)


def _write_channels(value: PerChannel) -> Plain:
    return list(value) if len(value) > 1 else value[0]


def _per_channel(expects: str, **bounds: float) -> Kind:
    one = number("", **bounds).schema
    each = {"type": "array", "items": one, "minItems": 1, "maxItems": 3}
    return Kind(expects, {"anyOf": [one, each]}, _read_channels, _write_channels)


_NUMBER = number("a number", minimum=-LARGEST, maximum=LARGEST).schema
_RANGE = Kind(
    "a pair of numbers, [low, high]",
    {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    lambda pair: Range(*map(float, pair)),
    list,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize(Construct):
    """How an image gets the input's height and width."""

    name = "resize"
    filter: str = option(
        choice("nearest", "bilinear", "bicubic"),
        "How a new pixel is made of old ones; bicubic has a = -0.5.",
    )
    shorter: int | None = option(
        _SIDE,
        "The shorter side becomes this, and the centre is cut out; none: the image is stretched to"
        " the input's height and width.",
        None,
    )
    longer: str = option(
        choice("floor", "round", "same"),
        "With shorter, what the longer side becomes: in proportion, the whole number below or the"
        " nearest, half to even; same: as much as the shorter.",
        "floor",
    )
    antialias: bool = option(
        BOOL,
        "Whether a filter widens as the image shrinks; then, as in Pillow, results are rounded to"
        " bytes. Without it four or sixteen old pixels make a new one, unrounded.",
        True,
    )
    grid: str = option(
        choice("centers", "corners"),
        "Where the new pixel i looks, in old pixels: centers, (i + 0.5) * old / new - 0.5; corners,"
        " i * old / new, as TensorFlow 1 does. corners goes with antialias: false.",
        "centers",
    )


def _read_resize(value: dict[str, Any]) -> Resize:
    return Resize.from_plain(value)


_RESIZE = Kind(
    "a mapping such as {filter: bilinear}",
    {
        "type": "object",
        "properties": properties_of(Resize),
        "required": ["filter"],
        "patternProperties": NOTES,
        "additionalProperties": False,
    },
    _read_resize,
    Resize.written,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocess(Construct):
    """How an image becomes the network's input."""

    name = "preprocess"
    resize: Resize = option(_RESIZE, "How the image gets the input's height and width.")
    range: Range = option(_RANGE, "What the bytes 0 and 255 become, before mean and std.")
    central_fraction: float = option(
        number("a number above 0, at most 1", exclusiveMinimum=0, maximum=1),
        "The part of each side that is kept, before resizing: floor((side - side * fraction) / 2)"
        " pixels are cut off at each end.",
        1.0,
    )
    crop_offset: str = option(
        choice("floor", "round"),
        "With shorter, which whole number half of what is too much becomes, at the top and on the"
        " left; round: half to even.",
        "round",
    )
    channels: str = option(choice(*CHANNELS), "The order of the channels.", "rgb")
    mean: PerChannel = option(
        _per_channel("a number, or one for each channel", minimum=-LARGEST, maximum=LARGEST),
        "What is subtracted, one number or one for each channel in their order.",
        (0.0,),
    )
    std: PerChannel = option(
        _per_channel(
            "a number above 0, or one for each channel", minimum=SMALLEST, maximum=LARGEST
        ),
        "What that is divided by, one number or one for each channel in their order.",
        (1.0,),
    )


PREPROCESS: JsonSchema = {
    "description": "How an image becomes the network's input.",
    "type": "object",
    "properties": properties_of(Preprocess),
    "required": ["resize", "range"],
    "patternProperties": NOTES,
    "additionalProperties": False,
}
"""The schema of the block."""
EXPECTS = "a mapping such as {resize: {filter: bilinear}, range: [-1, 1]}"


class Misfit(NamedTuple):
    """A field that can't be had with the network's input, why, and what to do."""

    field: str
    message: str
    hint: str


def misfits(block: Preprocess, size: Map) -> Iterator[Misfit]:
    """What of the block doesn't fit an input of this size."""
    numbers, shorter = CHANNELS[block.channels], block.resize.shorter
    if numbers != size.channels:
        fitting = [order for order, count in CHANNELS.items() if count == size.channels]
        hint = f"give channels: {' or '.join(fitting)}" if fitting else "images have 1 or 3"
        message = f"`{block.channels}` has {numbers} channels, the network's input {size.channels}"
        yield Misfit("channels", message, hint)
    for name, values in (("mean", block.mean), ("std", block.std)):
        if len(values) not in (1, numbers):
            message = f"`{name}` has {len(values)} numbers, `{block.channels}` {numbers} channels"
            yield Misfit(name, message, "give one number, or one for each channel")
    if shorter is not None and shorter < (least := max(size.height, size.width)):
        message = f"no {size.height}x{size.width} can be cut out of a shorter side of {shorter}"
        hint = f"give `shorter` at least {least}; it may speak of in.height and in.width"
        yield Misfit("resize", message, hint)


def preprocess_of(node: Node | None, scope: Scope, size: Map) -> Preprocess | None:
    """What a block that the schema accepts says for an input of this size.

    Its expressions see the file's parameters, and as `in` the network's input. Raises `Unknown`
    where the findings say what is wrong.
    """
    if not isinstance(node, Mapping):
        return None
    plain = scope.with_input(size).value(node)
    if has_expression(node):
        faults = list(judge("preprocess", plain, node, PREPROCESS, EXPECTS, scope.names))
        for fault in faults:
            scope.fail(fault)
        if faults:
            raise Unknown
    block = Preprocess.from_plain(plain)
    _require_sense(block, node, scope)
    return block


def _require_sense(block: Preprocess, node: Mapping, scope: Scope) -> None:
    """Fail where values fit their fields but not one another."""
    if block.range.low >= block.range.high:
        message = "`range` is [low, high], the lower number first"
        raise scope.fail(Diagnostic("NS204", message, node.entries["range"].value.span))
    if block.resize.grid == "corners" and block.resize.antialias:
        message = "`grid: corners` does not go with antialiasing"
        hints = ("add antialias: false, or leave `grid` out",)
        span = node.entries["resize"].value.span
        raise scope.fail(Diagnostic("NS204", message, span, hints=hints))


def report_misfits(block: Preprocess, node: Mapping, size: Map, scope: Scope) -> None:
    """Add a finding for each field that doesn't fit an input of this size."""
    for misfit in misfits(block, size):
        entry = node.entries.get(misfit.field)
        span = entry.value.span if entry else node.span
        scope.fail(Diagnostic("NS410", misfit.message, span, hints=(misfit.hint,)))
