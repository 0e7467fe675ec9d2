"""Whether two graphs are one network: a spec's, here, and another one, there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from netspec.ir.graph import Graph
from netspec.matching.canonical import canonical
from netspec.matching.carrying import carry, epsilons
from netspec.matching.differences import SIZE, Difference, Differences, Side, path_of
from netspec.matching.forms import Form, Unit
from netspec.matching.identities import Identities
from netspec.matching.kept import Weights
from netspec.matching.pairing import Pairing, has_weights


@dataclass(frozen=True)
class Matching:
    """What a comparison found.

    `pairs` are the units of both that belong together where the graphs are equal; `alike` counts
    the spec's steps that have their like, of `steps`. `left_out` are outputs of the spec that the
    other graph has not, and that cost no weights.
    """

    pairs: tuple[tuple[Unit, Unit], ...]
    differences: tuple[Difference, ...]
    alike: int
    steps: int
    left_out: tuple[str, ...] = ()
    last: str = ""
    """The last step, in the spec's order, up to which every one has its like."""

    @property
    def equal(self) -> bool:
        """Whether the two are one network."""
        return not self.differences


def match(here: Graph, there: Graph, weights: Weights | None = None) -> Matching:
    """Compare the graph of a spec with another, from its inputs to its outputs.

    With the other's `weights`, that the spec has a place for all they say is looked at too.
    """
    ours, theirs = canonical(here), canonical(there)
    identities = Identities()
    side = Side.of(ours, identities.of(ours))
    other = Side.of(theirs, identities.of(theirs))
    outputs = _outputs(side, other)
    differences = [*_inputs(ours, theirs)]
    walk = Differences(side, other)
    walk.walk(outputs)
    differences += walk.found
    left_out, missing = _unmet(side, other, {name for name, _ in outputs})
    differences += missing
    pairing = Pairing(side, other, walk.equal)
    pairs = [*pairing.pairs, *walk.pairs]
    differences += pairing.found
    differences += [found for pair in pairs for found in epsilons(*pair)]
    if weights is not None and not differences:
        _, differences = carry(here, there, pairs, weights)
    alike = [unit for unit in ours.units.values() if side.numbers[unit.name] in other.places]
    place = {name: index for index, name in enumerate(ours.units)}
    steps = {path_of(unit): place[unit.name] for unit in reversed([*ours.units.values()])}
    differences.sort(key=lambda found: steps.get(found.step, -1))
    return Matching(
        () if differences else tuple(pairs),
        tuple(differences),
        len(alike),
        len(ours.units),
        left_out,
        _last(ours, side, other),
    )


def _inputs(ours: Form, theirs: Form) -> list[Difference]:
    """Images of other sizes."""
    return [
        Difference(mine.name, None, SIZE, str(mine.shape), str(other.shape), other.name)
        for mine, other in zip(ours.inputs, theirs.inputs, strict=False)
        if mine.shape != other.shape
    ]


def _last(form: Form, side: Side, other: Side) -> str:
    """The last step before the first one without its like."""
    steps: list[str] = []
    for unit in form.units.values():
        if side.numbers[unit.name] not in other.places:
            return next((step for step in reversed(steps) if step != path_of(unit)), "")
        steps.append(path_of(unit))
    return steps[-1] if steps else ""


def _outputs(side: Side, other: Side) -> list[tuple[str, str]]:
    """For each output of the other graph the value of ours to compare it with.

    One that computes the same where there is one; else, of those left, one of the same kind and
    nearest in the number of its steps.
    """
    pairs: list[tuple[str, str]] = []
    left = list(dict.fromkeys(side.form.outputs.values()))
    waiting: list[str] = []
    for value in dict.fromkeys(other.form.outputs.values()):
        equal = [name for name in left if side.numbers[name] == other.numbers[value]]
        if equal:
            pairs.append((equal[0], value))
            left.remove(equal[0])
        else:
            waiting.append(value)
    for value in waiting:
        if left:
            best = min(left, key=partial(_distance, side, other, value))
            pairs.append((best, value))
            left.remove(best)
    return pairs


def _distance(side: Side, other: Side, there: str, here: str) -> tuple[bool, int]:
    ours, theirs = side.form.units.get(here), other.form.units.get(there)
    alike = ours is not None and theirs is not None and ours.op.name == theirs.op.name
    ours_behind, theirs_behind = len(side.form.behind([here])), len(other.form.behind([there]))
    return not alike, abs(ours_behind - theirs_behind)


def _unmet(side: Side, other: Side, met: set[str]) -> tuple[tuple[str, ...], list[Difference]]:
    """The outputs that the other graph has not: those that cost no weights, and the others."""
    left_out: list[str] = []
    missing: list[Difference] = []
    known = {unit.name for unit in side.form.behind(met)}
    for path, value in side.form.outputs.items():
        if value in met or side.numbers[value] in other.places:
            continue
        lacking = [unit for unit in side.form.behind([value]) if unit.name not in known]
        lacking = [unit for unit in lacking if side.numbers[unit.name] not in other.places]
        if any(map(has_weights, lacking)):
            origin = side.form.units[value].main.origin
            missing.append(Difference(path, origin, "", "an output", "none"))
        else:
            left_out.append(path)
    return tuple(left_out), missing
