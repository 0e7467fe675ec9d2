"""Which units of two forms belong together, where their values compute the same."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.matching.differences import Difference, Side, path_of
from netspec.matching.forms import Unit
from netspec.matching.identities import is_commutative
from netspec.ops.conv import Kernel

LOOKED_AT = 200
"""Units that are looked at to tell which of two summands is which."""


def has_weights(unit: Unit) -> bool:
    """Whether a unit has a kernel or a norm."""
    return bool(unit.affines) or isinstance(unit.op, Kernel)


class Pairing:
    """A walk back from values that compute the same: `pairs`, and where none can be made.

    Where a join's order is free, what an ordered place has paired stays so; of those that compute
    the same, the first goes with the first. A unit of the spec with weights goes with one unit.
    """

    def __init__(self, here: Side, there: Side, equal: Sequence[tuple[str, str]]) -> None:
        self.found: list[Difference] = []
        self._here, self._there = here, there
        self._paired: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._waiting = list(equal)
        self._free: list[tuple[Unit, Unit]] = []
        while self._waiting or self._free:
            if self._waiting:
                self._pair(*self._waiting.pop())
            else:
                self._waiting.extend(self._aligned(*self._free.pop(0)))

    @property
    def pairs(self) -> list[tuple[Unit, Unit]]:
        """The units that belong together, in the spec's order."""
        ours, theirs = self._here.form.units, self._there.form.units
        return [(ours[n], theirs[self._paired[n]]) for n in ours if n in self._paired]

    def _pair(self, here: str, there: str) -> None:
        if (here, there) in self._seen or here not in self._here.form.units:
            return
        self._seen.add((here, there))
        ours, theirs = self._here.form.units[here], self._there.form.units[there]
        if self._paired.setdefault(here, there) != there and has_weights(ours):
            place = (path_of(ours), ours.main.origin)
            two = f"{self._paired[here]} and {there}"
            self.found.append(
                Difference(*place, "weights:", "one step's", f"those of {two}", there)
            )
        if is_commutative(ours.op):
            self._free.append((ours, theirs))
        else:
            self._waiting.extend(zip(ours.inputs, theirs.inputs, strict=True))

    def _aligned(self, ours: Unit, theirs: Unit) -> list[tuple[str, str]]:
        """The inputs of two free joins side by side."""
        left = list(theirs.inputs)
        pairs: list[tuple[str, str]] = []
        settled = [name for name in ours.inputs if self._paired.get(name) in left]
        for name in settled:
            left.remove(self._paired[name])
        for name in ours.inputs:
            if name not in settled:
                number = self._here.numbers[name]
                alike = [other for other in left if self._there.numbers[other] == number]
                like = next((other for other in alike if self._agrees(name, other)), alike[0])
                left.remove(like)
                pairs.append((name, like))
        return pairs

    def _agrees(self, here: str, there: str) -> bool:
        """Whether nothing a little behind two values has been paired with something else."""
        waiting = [(here, there)]
        for _ in range(LOOKED_AT):
            if not waiting:
                break
            mine, other = waiting.pop()
            if self._paired.get(mine, other) != other:
                return False
            ours = self._here.form.units.get(mine)
            if ours is not None and mine not in self._paired and not is_commutative(ours.op):
                waiting += zip(ours.inputs, self._there.form.units[other].inputs, strict=True)
        return True
