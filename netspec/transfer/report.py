"""What became of every tensor in a transfer, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netspec.amounts import counted, rounded
from netspec.transfer.moves import Move, Tensor
from netspec.transfer.plan import Plan
from netspec.transfer.rules import FATES, KEPT

UNUSED = "unused"
WIDTH = max(map(len, (*FATES, UNUSED)))


@dataclass(frozen=True, eq=False)
class Report:
    """A plan with what people call the two specs and the file of weights."""

    plan: Plan
    file: str
    names: tuple[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """How many tensors of B met each fate, and how many of A are unused."""
        found = Counter(move.fate for move in self.plan.moves)
        counts = {fate: found[fate] for fate in FATES if found[fate]}
        unused = len(self.plan.unused)
        return {**counts, UNUSED: unused} if unused else counts

    @property
    def strict(self) -> bool:
        """Whether every tensor is kept, and all of A's are used."""
        return set(self.counts) <= {KEPT}

    @property
    def taken(self) -> int:
        """How many numbers of B come from A."""
        return sum(move.taken for move in self.plan.moves)

    @property
    def numbers(self) -> int:
        """How many numbers B has."""
        return sum(move.numbers for move in self.plan.moves)

    def summary(self) -> str:
        """The counts, and how much of B is A's, in a line."""
        counts = ", ".join(f"{count:,} {fate}" for fate, count in self.counts.items())
        share = 100 * self.taken / self.numbers if self.numbers else 100.0
        part = "all" if self.taken == self.numbers else f"{rounded(self.taken)} of"
        return f"{counts}; {part} {rounded(self.numbers)} numbers from A ({share:.3g} %)"

    def table(self) -> str:
        """Every tensor that is not simply kept, tensors of one step and fate on a line."""
        return "\n".join((*self._lines(), f"{' → '.join(self.names)}: {self.summary()}"))

    def _lines(self) -> Iterator[str]:
        told = [move for move in self.plan.moves if not _is_plain(move)]
        if plain := len(self.plan.moves) - len(told):
            yield f"{KEPT:<{WIDTH}}  {plain:,} tensors as they are, under their own names"
        yield from _renamed([move for move in told if move.fate == KEPT and not move.why])
        groups: dict[object, list[Move]] = {}
        for move in told:
            if move.fate != KEPT or move.why:
                key = (move.tensor.node.step, move.fate, move.why, _sizes(move))
                groups.setdefault(key, []).append(move)
        order = [*FATES]
        for moves in sorted(groups.values(), key=lambda each: order.index(each[0].fate)):
            yield _line(moves)
        steps: dict[str, list[Tensor]] = {}
        for tensor in self.plan.unused:
            steps.setdefault(tensor.node.step, []).append(tensor)
        for tensors in steps.values():
            yield f"{UNUSED:<{WIDTH}}  {_named(tensors)}   (nothing of B takes it)"

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "from": self.names[0],
            "to": self.names[1],
            "file": self.file,
            "strict": self.strict,
            "counts": self.counts,
            "numbers": {"total": self.numbers, "from_a": self.taken},
            "tensors": [_plain(move) for move in self.plan.moves],
            "unused": [
                {"name": tensor.name, "shape": list(tensor.weight.shape)}
                for tensor in self.plan.unused
            ],
        }


def _plain(move: Move) -> dict[str, Any]:
    source = move.made.source if move.made else None
    return {
        "name": move.tensor.name,
        "fate": move.fate,
        "shape": list(move.tensor.weight.shape),
        "source": source.name if source else None,
        "source_shape": list(source.weight.shape) if source else None,
        "numbers": move.numbers,
        "from_a": move.taken,
        "why": move.why,
    }


def _renamed(moves: Sequence[Move]) -> Iterator[str]:
    """Tensors that are kept under other names: a line for each block or step that has a new one."""
    found: Counter[tuple[str, str]] = Counter()
    for move in moves:
        if move.made:
            found[_different(move.made.source.name, move.tensor.name)] += 1
    for (old, new), count in found.items():
        yield f"{KEPT:<{WIDTH}}  {counted(count, 'tensor')} as they are, {old}/… → {new}/…"


def _different(old: str, new: str) -> tuple[str, str]:
    """Two names without what they end in alike."""
    before, after = old.split("/"), new.split("/")
    while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
        before.pop()
        after.pop()
    return "/".join(before), "/".join(after)


def _is_plain(move: Move) -> bool:
    """Whether a tensor stays what it is, under its name."""
    return move.made is not None and move.fate == KEPT and move.made.source.name == move.tensor.name


def _line(moves: Sequence[Move]) -> str:
    first = moves[0]
    told = _named([move.tensor for move in moves])
    if first.made:
        sources = _named([move.made.source for move in moves if move.made])
        told = sources if sources == told else f"{sources} → {told}"
    return f"{first.fate:<{WIDTH}}  {told} {_sizes(first)}" + (
        f"   ({first.why})" if first.why else ""
    )


def _sizes(move: Move) -> str:
    """Both shapes, or the one that both have."""
    after = str(list(move.tensor.weight.shape))
    before = str(list(move.made.source.weight.shape)) if move.made else after
    return after if before == after else f"{before} → {after}"


def _named(tensors: Sequence[Tensor]) -> str:
    """The tensors of one step, its path once: `Conv/norm/beta, norm/gamma`."""
    first, *others = tensors
    step = first.node.step
    return ", ".join((first.name, *(each.name.removeprefix(f"{step}/") for each in others)))
