"""Names of steps in reach: those before, in this block and in the blocks around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.diagnostics import Span
from netspec.ir.shapes import Shape
from netspec.language.tree import Step
from netspec.reading.document import Entry


class Flow(NamedTuple):
    """A value on its way: the path that gives it, and its shape, unknown where its step failed."""

    path: str
    shape: Shape | None
    step: Step | None = None


class Gone(NamedTuple):
    """Why a step that was written is not there, and what to do about what speaks of it."""

    why: str
    hint: str
    by_patch: bool = False
    related: tuple[tuple[str, Span], ...] = ()


BY_WHEN = Gone("left out by its `when`", "give this step the same `when`")
BY_PATCH = Gone("removed by a patch", "patch what speaks of it, too", by_patch=True)


@dataclass(frozen=True, slots=True)
class Missing:
    """What was written and is not at its path: left out, or by a patch under another name."""

    gone: dict[str, Gone] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)


Items = Sequence[tuple[str, Entry]]
"""The steps of a list: names, as written, and bodies."""


@dataclass(slots=True)
class Frame:
    """One block's names while it is walked, and the block around it.

    `missing` is shared by all frames. `base` is the block's path, `places` are its paths before
    each layer of patches, where it stood there. `items` are the block's steps as written,
    `position` the one that is walked now. An `incomplete` frame has steps whose names could not be
    had, so that no name can be said to be missing from it. The outermost frame has the name of the
    network's input.
    """

    around: Frame | None
    missing: Missing
    base: str = ""
    places: tuple[str | None, ...] = ()
    items: Items = ()
    position: int = 0
    flows: dict[str, Flow] = field(default_factory=dict)
    written: dict[str, Span] = field(default_factory=dict)
    incomplete: bool = False
    input_name: str = ""

    def path(self, name: str) -> str:
        """The path of a step of this block."""
        return within(self.base, name)

    def add(self, name: str, flow: Flow, span: Span) -> None:
        """Put a step's name into reach."""
        self.flows[name] = flow
        self.written[name] = span

    def outward(self) -> Iterator[Frame]:
        """This frame and those around it, the innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.around

    def find(self, reference: str) -> Flow | None:
        """The flow of a name or path (`Mixed_5b/Branch_0`), the innermost block first."""
        first, *rest = reference.split("/")
        for frame in self.outward():
            if first in frame.flows:
                return _inside(frame.flows[first], rest)
        return None

    def renamed(self, reference: str) -> str:
        """The name or path as it is where patches have renamed steps; else as it is given."""
        if not self.missing.renamed:
            return reference
        parts = reference.split("/")
        for frame in self.outward():
            if parts[0] not in frame.flows and frame.path(parts[0]) not in self.missing.renamed:
                continue
            path = frame.base
            for index, part in enumerate(parts):
                parts[index] = self.missing.renamed.get(within(path, part), part)
                path = within(path, parts[index])
            break
        return "/".join(parts)

    def known(self) -> list[str]:
        """Every name in reach."""
        return [name for frame in self.outward() for name in frame.flows]

    def gone(self, reference: str) -> Gone | None:
        """Why the step of that name or path, or one that it is in, is not there, if that is so."""
        for frame in self.outward():
            parts = frame.path(reference).split("/")
            for end in range(1, len(parts) + 1):
                if found := self.missing.gone.get("/".join(parts[:end])):
                    return found
        return None

    def may_know(self) -> bool:
        """Whether a name that is not found may be that of a step whose name could not be had."""
        return any(frame.incomplete for frame in self.outward())


def within(base: str, name: str) -> str:
    """The path of a step in the block at `base`, which is empty for the outermost."""
    return f"{base}/{name}" if base else name


def _inside(flow: Flow, rest: list[str]) -> Flow | None:
    for name in rest:
        if flow.step is None:
            return Flow(flow.path, None) if flow.shape is None else None
        child = next((c for c in flow.step.children if c.name == name), None)
        if child is None:
            return None
        flow = Flow(child.path, child.output, child)
    return flow
