"""Where two forms differ, and how: both are walked from their outputs back to their inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.diagnostics import Origin
from netspec.matching.forms import Form, Unit
from netspec.matching.identities import comparable, fields_of, is_commutative, same_kind
from netspec.ops.activation import Function
from netspec.ops.kinds import Pads, Pair

AT_MOST = 50
"""Differences that are looked for."""
SIZE = "size"
"""The field of an image that is of another size."""
BETWEEN = 1_000
"""Steps that are looked through for what one side has and the other has not."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the spec's step, the field, what it is here and there, the other's node."""

    step: str
    origin: Origin | None
    field: str
    here: str
    there: str
    node: str = ""

    @property
    def cure(self) -> str:
        """What makes the two alike, where an option can; empty where none can."""
        return f"--input {self.there.rpartition('x')[0]}" if self.field == SIZE else ""

    def __str__(self) -> str:
        return f"{self.step}: {self.field} {self.here} here, {self.there} there".replace("  ", " ")


@dataclass(frozen=True)
class Side:
    """One of the two forms, with what each of its values computes, and where that is computed."""

    form: Form
    numbers: Mapping[str, int]
    places: Mapping[int, str]

    @classmethod
    def of(cls, form: Form, numbers: Mapping[str, int]) -> Side:
        """The side; of several values that compute the same the first stands for all."""
        places: dict[int, str] = {}
        for name, number in numbers.items():
            if name in form.units or name in {value.name for value in form.inputs}:
                places.setdefault(number, name)
        return cls(form, numbers, places)


class Differences:
    """One walk over two forms.

    `pairs` are units that belong together though they, or what they take, differ; `equal` are
    values that compute the same, up to which the walk went.
    """

    def __init__(self, here: Side, there: Side) -> None:
        self.found: list[Difference] = []
        self.pairs: list[tuple[Unit, Unit]] = []
        self.equal: list[tuple[str, str]] = []
        self._here, self._there = here, there
        self._waiting: list[tuple[str, str, str]] = []
        self._seen: set[str] = set()

    def walk(self, outputs: Sequence[tuple[str, str]]) -> None:
        """Compare these pairs of values, and all that they are computed from."""
        self._waiting.extend((here, there, "") for here, there in outputs)
        while self._waiting and len(self.found) < AT_MOST:
            here, there, user = self._waiting.pop()
            if here not in self._seen:
                self._seen.add(here)
                self._compare(here, there, user)

    def _compare(self, here: str, there: str, user: str) -> None:
        if self._here.numbers[here] == self._there.numbers[there]:
            self.equal.append((here, there))
            return
        ours, theirs = self._here.form.units.get(here), self._there.form.units.get(there)
        if (place := self._here.places.get(self._there.numbers[there])) is not None:
            self._missing(here, place, there)
        elif (place := self._there.places.get(self._here.numbers[here])) is not None:
            self._added(here, there, place, user)
        else:
            assert ours is not None
            assert theirs is not None
            self._units(ours, theirs)

    def _missing(self, here: str, place: str, there: str) -> None:
        """The other graph ends, or goes on, where this one has further steps."""
        between = list(self._chain(self._here.form, here, place))
        last = between[-1] if between else self._here.form.units[here]
        ends = [path_of(last), path_of(between[0])] if between else []
        field = f"{' to '.join(ends)}:" if len(set(ends)) > 1 else ""
        self._note(last, field, _what(last), "nothing", there)

    def _added(self, here: str, there: str, place: str, user: str) -> None:
        """The other graph has further steps behind a value that both have."""
        between = list(self._chain(self._there.form, there, place))
        extra = between[-1] if between else self._there.form.units[there]
        unit = self._here.form.units.get(user) or self._here.form.units.get(here)
        behind = f"behind {path_of_value(self._here.form, here)}:"
        step = path_of(unit) if unit else here
        origin = unit.main.origin if unit else None
        self.found.append(Difference(step, origin, behind, "nothing", _what(extra), extra.name))

    def _chain(self, form: Form, last: str, first: str) -> Iterator[Unit]:
        """The units from a value back to another, each by its first input; none if it isn't met."""
        found: list[Unit] = []
        while last != first and last in form.units and len(found) < BETWEEN:
            unit = form.units[last]
            found.append(unit)
            last = unit.inputs[0]
        return iter(found if last == first else found[:1])

    def _units(self, ours: Unit, theirs: Unit) -> None:
        if same_kind(ours, theirs) or _both_functions(ours, theirs):
            self.pairs.append((ours, theirs))
            self._fields(ours, theirs)
            self._inputs(ours, theirs)
        elif (skipped := self._next(self._here.form, ours)) and same_kind(skipped, theirs):
            self._note(ours, "", _what(ours), "nothing", theirs.name)
            self._push(skipped.name, theirs.name, ours)
        elif (skipped := self._next(self._there.form, theirs)) and same_kind(ours, skipped):
            self._note(ours, "behind it:", "nothing", _what(theirs), theirs.name)
            self._push(ours.name, skipped.name, ours)
        else:
            self._note(ours, "", _what(ours), _what(theirs), theirs.name)

    def _next(self, form: Form, unit: Unit) -> Unit | None:
        """What a unit of one input takes."""
        return form.units.get(unit.inputs[0]) if len(unit.inputs) == 1 else None

    def _push(self, here: str, there: str, user: Unit) -> None:
        self._waiting.append((here, there, user.name))

    def _fields(self, ours: Unit, theirs: Unit) -> None:
        if ours.op.name != theirs.op.name:
            self._note(ours, "activation", ours.op.name, theirs.op.name, theirs.name)
            return
        mine, other = fields_of(ours.op), fields_of(theirs.op)
        for name, value in mine.items():
            if comparable(value) != comparable(other[name]):
                told = _rounded(ours, theirs) if name == "padding" else name
                shown = shown_pair(ours, theirs, told)
                self._note(ours, WORDS.get(told, told), *shown, theirs.name)

    def _inputs(self, ours: Unit, theirs: Unit) -> None:
        mine, other = list(ours.inputs), list(theirs.inputs)
        pairs = self._alike(mine, other)
        if len(mine) != len(other):
            self._count(ours, theirs, pairs)
        self.equal += [(mine[i], other[j]) for i, j in pairs]
        order = [j for _, j in sorted(pairs)]
        if not is_commutative(ours.op) and order != sorted(order):
            self._order(ours, theirs, order)
        left = [i for i in range(len(mine)) if i not in dict(pairs)]
        free = [j for j in range(len(other)) if j not in {j for _, j in pairs}]
        if is_commutative(ours.op):
            free = self._by_kind([mine[i] for i in left], [(other[j], j) for j in free])
        for i, j in zip(left, free, strict=False):
            self._push(mine[i], other[j], ours)

    def _count(self, ours: Unit, theirs: Unit, pairs: Sequence[tuple[int, int]]) -> None:
        """Note that there are more inputs on one side; those that are alike have one name."""
        names = [path_of_value(self._here.form, name) for name in ours.inputs]
        alike = {j: names[i] for i, j in pairs}
        there = [alike.get(j, f"node {name}") for j, name in enumerate(theirs.inputs)]
        self._note(ours, "inputs", ", ".join(names), ", ".join(there), theirs.name)

    def _alike(self, mine: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
        """Inputs that compute the same, by place; each once, those at one place first."""
        numbers = [self._here.numbers[name] for name in mine]
        waiting: dict[int, list[int]] = {}
        for j, name in enumerate(other):
            waiting.setdefault(self._there.numbers[name], []).append(j)
        pairs: list[tuple[int, int]] = []
        for i, number in enumerate(numbers):
            places = waiting.get(number)
            if places:
                j = i if i in places else places[0]
                places.remove(j)
                pairs.append((i, j))
        return pairs

    def _by_kind(self, mine: Sequence[str], other: list[tuple[str, int]]) -> list[int]:
        """The places of the other's inputs, each beside one of ours of its kind if one is left."""
        order: list[int] = []
        for name in mine:
            ours = self._here.form.units.get(name)
            for place, (candidate, _) in enumerate(other):
                theirs = self._there.form.units.get(candidate)
                if ours is not None and theirs is not None and same_kind(ours, theirs):
                    order.append(other.pop(place)[1])
                    break
            else:
                if other:
                    order.append(other.pop(0)[1])
        return order

    def _order(self, ours: Unit, theirs: Unit, order: Sequence[int]) -> None:
        names = [path_of_value(self._here.form, name) for name in ours.inputs]
        there = ["?"] * len(theirs.inputs)
        for i, j in zip(range(len(order)), order, strict=True):
            there[j] = names[i]
        self._note(ours, "order", ", ".join(names), ", ".join(there), theirs.name)

    def _note(self, unit: Unit, field: str, here: str, there: str, node: str) -> None:
        self.found.append(Difference(path_of(unit), unit.main.origin, field, here, there, node))


def path_of(unit: Unit) -> str:
    """The path of the step that a unit belongs to."""
    return unit.main.step


def path_of_value(form: Form, name: str) -> str:
    """The path of the step that gives a value, or the input's name."""
    unit = form.units.get(name)
    return path_of(unit) if unit else name


def _both_functions(ours: Unit, theirs: Unit) -> bool:
    return isinstance(ours.op, Function) and isinstance(theirs.op, Function)


def _what(unit: Unit) -> str:
    return unit.written.name


def _rounded(ours: Unit, theirs: Unit) -> str:
    """The field to tell of where windows differ: the rounding, if that alone was written apart."""
    sides = (ours.written, theirs.written)
    pads, rounding = ([getattr(op, f, None) for op in sides] for f in ("padding", "rounding"))
    return "rounding" if pads[0] == pads[1] and rounding[0] != rounding[1] else "padding"


WORDS = {"padding": "pads"}
"""Fields that messages call by another name."""


def shown_pair(ours: Unit, theirs: Unit, name: str) -> tuple[str, str]:
    """A field as both wrote it; in canonical form where they wrote the same, or have no such."""
    written = [getattr(unit.written, name, None) for unit in (ours, theirs)]
    if None in written or written[0] == written[1]:
        written = [getattr(unit.op, name) for unit in (ours, theirs)]
    here, there = map(shown, written)
    return here, there


def shown(value: Any) -> str:
    """A field's value in words; pads as ONNX orders them: top, left, bottom, right."""
    if isinstance(value, Pads):
        return f"({value.top},{value.left},{value.bottom},{value.right})"
    if isinstance(value, Pair):
        return f"{value.height}x{value.width}"
    return f"{value:g}" if isinstance(value, float) else str(value)
