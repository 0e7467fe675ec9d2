"""Pairs the steps of two lists: of two blocks, or the branches of two joins."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from operator import attrgetter

from netspec.comparing.ordering import in_order
from netspec.comparing.pairs import Pairs, may_pair
from netspec.comparing.structure import Form, Table
from netspec.language.tree import Step

Steps = Sequence[Step]
Pair = tuple[Step, Step]
Key = Callable[[Form], Hashable]

CELLS_AT_MOST = 4096
"""Pairs of steps that are weighed against each other between two partners."""
SAME_NAME, SAME_STEM = 4.0, 3.0
"""What an equal name counts for, and one that differs in a kernel's size alone."""
CONTENT = 4.0
"""What an equal content counts for beside a name."""
BLOCK_CONTENT, LEAF_CONTENT = 8.0, 6.5
"""What an equal content counts for under another name: a block says more than a leaf."""
ALIKE, ALIKE_ALONE = 0.5, 0.25
"""Features in common, at least, that make one of two steps with other names; and of two that stand
alone between partners."""
_SIZE = re.compile(r"_\d+x\d+$")


BY_NAME: Key = attrgetter("name")
BY_KIND: Key = attrgetter("name", "op")
BY_PLAN: Key = attrgetter("name", "plan")
BY_CONTENT: Key = attrgetter("name", "exact")
"""Steps of one name; with one op; with the same ops, kernels and shapes; with the same content."""
PLAN: Key = attrgetter("plan")
CONTENT_ALONE: Key = attrgetter("exact", "plan")
"""The same under any name. Leaves of one content count as one where their kernels agree too."""


class Siblings:
    """Pairs lists, and of two partners what they hold."""

    def __init__(
        self, a: Mapping[str, Form], b: Mapping[str, Form], table: Table, pairs: Pairs
    ) -> None:
        self.a, self.b, self.table, self.pairs = a, b, table, pairs

    def pair_lists(self, ones: Steps, others: Steps) -> None:
        """Pair the free steps of two lists, and what those hold."""
        self._take(self.alike(ones, others, BY_CONTENT))
        self._take(self.alike(ones, others, BY_PLAN))
        for _ in range(2):  # again, for what now stands alone between partners
            for gap in self._gaps(ones, others):
                self._take(self._best(*gap))
        self._take(self.alike(ones, others, BY_NAME))

    def take(self, a: Step, b: Step) -> None:
        """Make partners of two free steps, then of what they hold."""
        if self.a[a.path].exact == self.b[b.path].exact:
            self.pairs.add_whole(a, b)
        else:
            self.pairs.add(a, b)
            self.pair_lists(a.children, b.children)

    def alike(self, ones: Steps, others: Steps, key: Key) -> list[Pair]:
        """The free steps of two lists whose keys are equal, the first with the first."""
        waiting: dict[Hashable, list[Step]] = {}
        for b in reversed(self.free_b(others)):
            waiting.setdefault(key(self.b[b.path]), []).append(b)
        lists = ((a, waiting.get(key(self.a[a.path]))) for a in self.free_a(ones))
        return [(a, left.pop()) for a, left in lists if left]

    def free_a(self, steps: Steps) -> list[Step]:
        """Those of A that have no partner yet."""
        return [step for step in steps if step.path not in self.pairs.to_b]

    def free_b(self, steps: Steps) -> list[Step]:
        """Those of B that have no partner yet."""
        return [step for step in steps if step.path not in self.pairs.to_a]

    def likeness(self, a: Step, b: Step) -> float:
        """How much of two steps is in both, from 0 to 1."""
        return self.table.likeness(self.a[a.path], self.b[b.path])

    def _take(self, found: list[Pair]) -> None:
        for a, b in found:
            if may_pair(a, b):
                self.take(a, b)

    def _gaps(self, ones: Steps, others: Steps) -> Iterator[tuple[list[Step], list[Step]]]:
        """The free steps of both lists between partners that stand in the same order in both."""
        place = {step.path: index for index, step in enumerate(others)}
        partners = [self.pairs.to_b.get(step.path) for step in ones]
        places = [place.get(step.path) if step else None for step in partners]
        met = [(i, p) for i, p in enumerate(places) if p is not None]
        kept = [met[index] for index in in_order([p for _, p in met])]
        before = (-1, -1)
        for after in (*kept, (len(ones), len(others))):
            left = self.free_a(ones[before[0] + 1 : after[0]])
            right = self.free_b(others[before[1] + 1 : after[1]])
            before = after
            if left and right:
                yield left, right

    def _best(self, ones: list[Step], others: list[Step]) -> list[Pair]:
        """The pairs, in order, that fit best together. Past the bound, those that are equal."""
        if len(ones) * len(others) > CELLS_AT_MOST:
            return self._equal(ones, others)
        alone = len(ones) == len(others) == 1
        least = ALIKE_ALONE if alone else ALIKE
        worth = [[self._worth(a, b, least) for b in others] for a in ones]
        return [(ones[i], others[j]) for i, j in _heaviest(worth)]

    def _equal(self, ones: list[Step], others: list[Step]) -> list[Pair]:
        """The pairs of one name, of the rest those of one content, then of one plan."""
        found: list[Pair] = []
        for key in (BY_NAME, CONTENT_ALONE, PLAN):
            met = self.alike(ones, others, key)
            left, right = {a.path for a, _ in met}, {b.path for _, b in met}
            ones = [step for step in ones if step.path not in left]
            others = [step for step in others if step.path not in right]
            found += met
        return found

    def _worth(self, a: Step, b: Step, least: float) -> float:
        """What speaks for two steps being one; 0 where they can't be."""
        if not may_pair(a, b):
            return 0.0
        like = self.likeness(a, b)
        if a.name == b.name:
            return SAME_NAME + CONTENT * like
        block = min(self.a[a.path].leaves, self.b[b.path].leaves) > 1
        content = (BLOCK_CONTENT if block else LEAF_CONTENT) * like if like >= least else 0.0
        return max(content, SAME_STEM + CONTENT * like) if _stem(a) == _stem(b) else content


def _stem(step: Step) -> str:
    return _SIZE.sub("", step.name)


def _heaviest(worth: list[list[float]]) -> list[tuple[int, int]]:
    """The cells of most worth together, each right of and below the one before; none of 0.

    The longest common subsequence, weighted: total[i][j] is the most that rows from i and columns
    from j can give.
    """
    rows, columns = len(worth), len(worth[0])
    total = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            skipped = max(total[i + 1][j], total[i][j + 1])
            total[i][j] = max(worth[i][j] + total[i + 1][j + 1], skipped)
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        taken = worth[i][j] + total[i + 1][j + 1]
        if worth[i][j] > 0 and total[i][j] == taken:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif total[i][j] == total[i][j + 1]:
            j += 1
        else:
            i += 1
    return found
