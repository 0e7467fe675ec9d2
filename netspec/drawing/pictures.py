"""Pictures of a spec, in each of their formats: what `netspec draw` and `Spec.svg` make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netspec.diagnostics import Diagnostic, SpecError
from netspec.drawing import dot, heat, mermaid, svg
from netspec.drawing.composing import Subject, Wishes, compose
from netspec.drawing.folding import LEVELS_AT_MOST, Folding
from netspec.drawing.fragments import DIRECTIONS
from netspec.drawing.layout import laid_out
from netspec.drawing.scene import Scene
from netspec.drawing.sheet import Sheet, sheet
from netspec.language.globs import matches
from netspec.language.tree import Tree
from netspec.suggestions import nearest

if TYPE_CHECKING:
    from netspec.spec import Spec

READABLE: Final = 160
"""Boxes that a page shows; by default as many levels are open as keep to it."""
AT_MOST: Final = 5_000
"""Boxes of a picture that is drawn at all."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": ("auto", "light", "dark"),
    "direction": tuple(DIRECTIONS),
    "names": ("blocks", "all", "none"),
    "shapes": ("changes", "all", "none"),
    "heat": ("", *heat.MEASURES),
}
"""What each choice of a `Style` may be, its default first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a picture looks. Raises `ValueError` for a choice that there is not.

    `depth` levels of steps are shown, by default what a page holds, or all where each of equal
    blocks is `unrolled`; `opened` and `folded` are globs of paths, or one. `heat` is a measure or
    nothing. `columns` are as many as make a page.
    """

    theme: str = "auto"
    direction: str = "down"
    names: str = "blocks"
    shapes: str = "changes"
    heat: str = ""
    depth: int | None = None
    opened: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    unrolled: bool = False
    columns: int | None = None

    def __post_init__(self) -> None:
        for name in ("opened", "folded"):  # a single glob is one, not its letters
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, (given,))
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of {', '.join(filter(None, choices))}")
        for name in ("depth", "columns"):
            if (count := getattr(self, name)) is not None and count < 1:
                raise ValueError(f"{name} is at least 1")


def scene_of(spec: Spec, style: Style) -> Scene:
    """What the picture shows.

    Raises `SpecError` for a glob that no block matches (NS306), and for more boxes than are drawn
    (NS641).
    """
    return scene_of_subject(spec, Subject(spec.tree, spec.summary()), style)


def scene_of_subject(spec: Spec, subject: Subject, style: Style) -> Scene:
    """`scene_of` a tree that holds more than the spec's own steps."""
    _require_matched(subject.tree, (*style.opened, *style.folded))
    amounts = heat.MEASURES[style.heat].of(spec.graph()) if style.heat else {}

    def composed(levels: int) -> Scene:
        folding = Folding(levels, style.opened, style.folded, style.unrolled)
        wishes = Wishes(folding, style.names, style.shapes, style.heat, amounts)
        return compose(subject, wishes)

    if style.depth is not None or style.unrolled:
        return _require_drawable(composed(style.depth or LEVELS_AT_MOST))
    deepest = max((step.path.count("/") + 1 for step in subject.tree.walk()), default=1)
    scene = composed(LEVELS_AT_MOST)
    for levels in range(min(deepest, LEVELS_AT_MOST) - 1, 0, -1):
        if _boxes(scene) <= READABLE:
            break
        scene = composed(levels)
    return _require_drawable(scene)


def _boxes(scene: Scene) -> int:
    return sum(1 for _ in scene.body.boxes())


def _require_drawable(scene: Scene) -> Scene:
    count = _boxes(scene)
    if count > AT_MOST:
        message = f"the picture of {scene.name} would have {count:,} boxes; {AT_MOST:,} are most"
        hints = ("fold it: --depth 1, or --fold GLOB; a flat list has nothing to fold",)
        raise SpecError([Diagnostic("NS641", message, hints=hints)])
    return scene


def _require_matched(tree: Tree, globs: Iterable[str]) -> None:
    blocks = [step.path for step in tree.walk() if step.children]
    for glob in globs:
        if not any(matches(path, glob) for path in blocks):
            hints = tuple(f"nearest: {near}" for near in nearest(glob, blocks))
            message = f"no block is called like `{glob[:120]}`"
            raise SpecError([Diagnostic("NS306", message, hints=hints)])


def sheet_of(scene: Scene, style: Style) -> Sheet:
    """The scene with everything in its place."""
    return sheet(laid_out(scene, DIRECTIONS[style.direction], style.columns))


def _svg(scene: Scene, style: Style) -> str:
    return svg.render(sheet_of(scene, style), style.theme)


def _mermaid(scene: Scene, style: Style) -> str:
    return mermaid.render(scene, DIRECTIONS[style.direction])


def _dot(scene: Scene, style: Style) -> str:
    return dot.render(scene, DIRECTIONS[style.direction])


TEXTS: Final[Mapping[str, Callable[[Scene, Style], str]]] = {
    "svg": _svg,
    "mmd": _mermaid,
    "dot": _dot,
}
"""The formats that are text, by the suffix of their files."""


def png_of(scene: Scene, style: Style, zoom: float) -> bytes:
    """The picture as PNG; by default light, for a PNG can't ask what its reader has.

    Raises `MissingExtra` and `SpecError` as `raster.png` does.
    """
    from netspec.drawing.raster import png

    made = sheet_of(scene, style)
    pixels = made.rect.width * made.rect.height * zoom**2
    theme = "light" if style.theme == "auto" else style.theme
    return png(svg.render(made, theme), zoom, pixels)
