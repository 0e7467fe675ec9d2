"""The colours of pictures, light and dark, as style sheets.

Every rule is a plain class with plain values: programs that know no variables, media queries or
scripts show the light theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from netspec.drawing.fonts import FAMILIES
from netspec.drawing.sizes import BADGE, FACT, HEADER, NAME, NOTE, SHAPE, SMALL, TITLE


class Tint(NamedTuple):
    """What an area is filled with, and its edge."""

    fill: str
    edge: str


class Theme(NamedTuple):
    """Colours by what they are for. `families` are those of boxes; the steps of heat are alike."""

    page: str
    ink: str
    faded: str
    line: str
    frame: Tint
    families: Mapping[str, Tint]
    marks: Mapping[str, Tint]
    same: Tint


LIGHT = Theme(
    page="#ffffff",
    ink="#1d2430",
    faded="#5b6575",
    line="#69748a",
    frame=Tint("#f6f7f9", "#c3cad5"),
    families={
        "conv": Tint("#dce8f8", "#5c84bd"),
        "pool": Tint("#fbdfd5", "#c9745b"),
        "norm": Tint("#f3e7c4", "#ad8a35"),
        "function": Tint("#fcf3d3", "#c6a13f"),
        "join": Tint("#e7def3", "#8a6bb4"),
        "dense": Tint("#d9eedd", "#4f9a69"),
        "other": Tint("#eceef1", "#8b94a3"),
        "block": Tint("#e9edf3", "#76839a"),
        "input": Tint("#ffffff", "#69748a"),
    },
    marks={
        "added": Tint("#d3f0d8", "#1f8a3b"),
        "removed": Tint("#fde0de", "#c9302c"),
        "changed": Tint("#fdeec2", "#a8780a"),
    },
    same=Tint("#ffffff", "#aab3c1"),
)
DARK = Theme(
    page="#12161c",
    ink="#eef1f6",
    faded="#a5afbf",
    line="#8d99ad",
    frame=Tint("#1a2028", "#3c4757"),
    families={
        "conv": Tint("#223a5a", "#7ba6e0"),
        "pool": Tint("#552c20", "#e39a82"),
        "norm": Tint("#443716", "#d0b05c"),
        "function": Tint("#4a3d14", "#dfc069"),
        "join": Tint("#3b2b57", "#b79ae0"),
        "dense": Tint("#1d4029", "#7cc795"),
        "other": Tint("#2b323c", "#98a2b1"),
        "block": Tint("#2a3441", "#94a2b8"),
        "input": Tint("#12161c", "#8d99ad"),
    },
    marks={
        "added": Tint("#12401f", "#4fc56e"),
        "removed": Tint("#501d1b", "#f0807a"),
        "changed": Tint("#483605", "#e2b23c"),
    },
    same=Tint("#1b222b", "#566274"),
)
HEAT = (
    "#ffffe0",
    "#edf8b1",
    "#c7e9b4",
    "#7fcdbb",
    "#41b6c4",
    "#2e9dc4",
    "#2a6fb0",
    "#253494",
    "#081d58",
)
"""From nothing to most, told apart by lightness alone; after ColorBrewer's YlGnBu."""
ON_PALE, ON_DEEP = "#111820", "#ffffff"


def luminance(colour: str) -> float:
    """How light `#rrggbb` is, from 0 to 1. Source: WCAG 2.2, relative luminance."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21. Source: WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on(fill: str) -> str:
    """The ink that is read best on a fill."""
    return max((ON_PALE, ON_DEEP), key=lambda ink: contrast(ink, fill))


Rule = tuple[str, str]
"""Selectors apart by commas, and what holds for them."""


def _colours(theme: Theme) -> Iterator[Rule]:
    """The rules that differ between themes."""
    yield ".page", f"fill:{theme.page}"
    yield "text", f"fill:{theme.ink}"
    yield ".note,.template,.shape,.fact,.small", f"fill:{theme.faded}"
    yield ".line", f"fill:none;stroke:{theme.line};stroke-width:1.4"
    yield ".head", f"fill:{theme.line}"
    yield ".frame", f"fill:{theme.frame.fill};stroke:{theme.frame.edge};stroke-width:1.2"
    yield ".badge", f"fill:{theme.page}"
    yield ".pill", f"fill:{theme.faded}"
    for name, tint in {**theme.families, "same": theme.same}.items():
        yield f".{name}", f"fill:{tint.fill};stroke:{tint.edge};stroke-width:1.2"
    for name, tint in theme.marks.items():
        yield f".{name}", f"fill:{tint.fill};stroke:{tint.edge};stroke-width:2"
        yield f".edge-{name},.line-{name}", f"stroke:{tint.edge}"
        yield f".head-{name}", f"fill:{tint.edge}"


def _heat() -> Iterator[Rule]:
    for step, fill in enumerate(HEAT):
        yield f".heat{step}", f"fill:{fill};stroke:#3a4a66;stroke-width:1"
        yield f".on{step}", f"fill:{on(fill)}"


TYPE = {
    "title": (TITLE, ""),
    "note": (NOTE, ""),
    "bar": (NOTE, ""),
    "shape": (SHAPE, ""),
    "header": (HEADER, ";font-weight:bold"),
    "template": (NOTE, ""),
    "badge": (BADGE, ";font-weight:bold"),
    "name": (NAME, ";font-weight:bold"),
    "fact": (FACT, ""),
    "small": (SMALL, ""),
    "bold": (TITLE, ";font-weight:bold"),
}
"""The size and style of text, by role."""


def _type() -> Iterator[Rule]:
    yield "text", f"font-family:{FAMILIES};font-size:{TITLE}px"
    for role, (size, more) in TYPE.items():
        yield f".{role}", f"font-size:{size}px{more}"


def scope(theme: str) -> str:
    """The class of a picture in a theme: its rules hold within it, wherever a page puts it."""
    return f"netspec-{theme}"


def style(theme: str) -> str:
    """The style sheet of a theme: `light`, `dark`, or `auto`, as the reader's machine has it."""
    own = DARK if theme == "dark" else LIGHT
    rules = _sheet(theme, (*_type(), *_colours(own)))
    if theme == "auto":
        rules += f"@media (prefers-color-scheme:dark){{{_sheet(theme, _colours(DARK))}}}"
    return rules + _sheet(theme, _heat())


def _sheet(theme: str, rules: Iterable[Rule]) -> str:
    """The rules, each within the picture alone."""
    return "".join(
        f"{','.join(f'.{scope(theme)} {one}' for one in selectors.split(','))}{{{body}}}"
        for selectors, body in rules
    )
