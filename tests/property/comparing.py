"""What comparing promises of every two networks: one and its edited version, or any two."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from texts import load_text

from netspec.comparing.annotating import commands
from netspec.comparing.difference import Difference, compare
from netspec.comparing.markdown import markdown
from netspec.comparing.telling import told
from netspec.diagnostics import SpecError
from netspec.ir.graph import Graph
from netspec.spec import Spec
from netspec.transfer.plan import plan
from netspec.transfer.report import Report
from netspec.weights.fitting import checked
from property.bodies import Draw
from property.networks import specs
from property.spelling import to_text

WEIGHTS_AT_MOST = 100_000
NAMES = ("Other", "Branch_1", "Conv2d_1x1")


@dataclass(frozen=True)
class Two:
    """Two specs as texts."""

    one: str
    other: str

    @property
    def text(self) -> str:
        """Both, one behind the other."""
        return f"{self.one}\n---\n{self.other}"


@st.composite
def twos(draw: Draw) -> Two:
    """A spec and what a few edits make of it; sometimes two that have nothing in common."""
    plain = draw(specs()).plain
    if draw(st.integers(0, 9)) == 9:
        return Two(to_text(plain), draw(specs()).text)
    other = copy.deepcopy(plain)
    for _ in range(draw(st.integers(0, 3))):
        lists = [*_lists(other["steps"])]
        steps = draw(st.sampled_from(lists))
        draw(st.sampled_from(EDITS))(draw, steps)
    return Two(to_text(plain), to_text(other))


def _lists(steps: list[Any]) -> Iterator[list[Any]]:
    """Every list of steps that has some."""
    if steps:
        yield steps
    for step in steps:
        for body in step.values():
            inner = body if isinstance(body, list) else None
            if isinstance(body, dict):
                inner = body.get("steps") or body.get("branches")
            if isinstance(inner, list):
                yield from _lists(inner)


def _remove(draw: Draw, steps: list[Any]) -> None:
    if len(steps) > 1:
        steps.pop(draw(st.integers(0, len(steps) - 1)))


def _rename(draw: Draw, steps: list[Any]) -> None:
    place = draw(st.integers(0, len(steps) - 1))
    (body,) = steps[place].values()
    steps[place] = {draw(st.sampled_from(NAMES)): body}


def _reorder(draw: Draw, steps: list[Any]) -> None:
    steps[:] = draw(st.permutations(steps))


def _repeat(draw: Draw, steps: list[Any]) -> None:
    place = draw(st.integers(0, len(steps) - 1))
    (body,) = steps[place].values()
    steps.insert(place, {"Again": copy.deepcopy(body)})


def _refit(draw: Draw, steps: list[Any]) -> None:
    """Another number in a field."""
    place = draw(st.integers(0, len(steps) - 1))
    (body,) = steps[place].values()
    if isinstance(body, dict):
        for field in ("filters", "kernel", "multiplier", "stride", "groups"):
            if isinstance(body.get(field), int):
                body[field] = draw(st.integers(1, 9))


EDITS = (_remove, _rename, _reorder, _repeat, _refit)


def compared(case: Two) -> Graph | None:
    """Every step stands in the pairs once, every difference is told, and weights fit."""
    try:
        one, other = load_text(case.one), load_text(case.other)
    except SpecError:
        return None
    found = compare(one, other, ("one", "other"))
    _paired_once(found)
    _told(found)
    _adds_up(found)
    _carried(one, other)
    return other.graph()


def _paired_once(found: Difference) -> None:
    rows = found.alignment.rows
    ours = [row.a.path for row in rows if row.a]
    theirs = [row.b.path for row in rows if row.b]
    assert sorted(ours) == sorted(step.path for step in found.a.tree.walk())
    assert theirs == [step.path for step in found.b.tree.walk()]


def _told(found: Difference) -> None:
    """It is told in every form, and nothing is told of what is equal."""
    text = told(found)
    assert "the same network" in text or not found.equal
    for line in commands(found):
        assert line.startswith("::")
        assert "\n" not in line
    assert markdown(found)
    json.dumps(found.to_json())
    counted = [each for each in found.outside if each.counted]
    something = [*found.changed, *found.renamed, *counted]
    differs = bool(something) or found.counts["added"] + found.counts["removed"] > 0
    assert differs is not found.equal or _written_otherwise(found), "nothing is told"


def _written_otherwise(found: Difference) -> bool:
    """Whether both have one graph, the one by a `from` that the other does without."""
    graphs = (found.a.graph(), found.b.graph())
    ours, theirs = ([(n.name, n.op, n.inputs) for n in graph.nodes] for graph in graphs)
    return ours == theirs and "written otherwise" in told(found)


def _adds_up(found: Difference) -> None:
    """The steps' costs are the network's."""
    for side, figures in enumerate(found.whole):
        tops = [value for path, value in figures.items() if "/" not in path]
        assert sum(each.params for each in tops) == found.totals["params"][side]
        assert sum(each.macs for each in tops) == found.totals["macs"][side]


def _carried(one: Spec, other: Spec) -> None:
    """Weights fit, are those of the same network, and are counted right."""
    sizes = {name: weight.shape for name, weight in one.graph().weights()}
    if sum(int(np.prod(shape)) for shape in sizes.values()) > WEIGHTS_AT_MOST:
        return
    made = plan(one, other)
    Report(made, "w.safetensors", ("one", "other")).to_json()
    if sum(move.numbers for move in made.moves) <= WEIGHTS_AT_MOST:
        marked = {name: np.full(shape, 12345, np.float32) for name, shape in sizes.items()}
        found = checked(other.graph(), made.applied(marked))
        for move in made.moves:
            assert int((found[move.tensor.name] == 12345).sum()) == move.taken, move.tensor.name
    if one.hash == other.hash:
        assert {move.fate for move in made.moves} <= {"kept"}
        assert not made.unused
