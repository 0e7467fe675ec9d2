"""Words for many steps at once: what they have in common, or a glob that means them alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile

from netspec.language.globs import matches
from netspec.language.tree import Step
from netspec.ops.base import Op

SHOWN = 3
"""Globs or paths that are told before it is said how many more there are."""


class Steps:
    """The steps among which some are named: those of a network, or of the partners in it."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.leaves = {step.path: step.op for step in steps if step.op}
        self.paths = tuple(self.leaves)

    def words(self, paths: Sequence[str]) -> str:
        """What these steps are called: `every conv with a norm`, a glob, or their paths."""
        if len(paths) == 1:
            return paths[0]
        by_op: dict[str, list[str]] = {}
        for path in paths:
            op = self.leaves.get(path)
            by_op.setdefault(op.name if op else "", []).append(path)
        wholes = [self._whole(op, set(found)) for op, found in by_op.items()]
        if all(wholes):
            return " and ".join(wholes)
        return shortened([*self.globs(paths)])

    def _whole(self, op: str, paths: set[str]) -> str:
        """Words for all steps of an op, or all of them that have something, or all but a few."""
        for words in _HAVING:
            if paths == self._having.get((op, words), {}).keys():
                return f"every {op} {words}".rstrip()
        others = [path for path in self._having.get((op, ""), ()) if path not in paths]
        few = len(others) <= min(SHOWN, len(paths) // 4)
        return f"every {op} but {' and '.join(others)}" if others and few else ""

    @cached_property
    def _having(self) -> Mapping[tuple[str, str], dict[str, None]]:
        found: dict[tuple[str, str], dict[str, None]] = {}
        for path, op in self.leaves.items():
            for words, has in _HAVING.items():
                if has(op):
                    found.setdefault((op.name, words), {})[path] = None
        return found

    @cached_property
    def _by_end(self) -> Mapping[tuple[int, str], list[str]]:
        found: dict[tuple[int, str], list[str]] = {}
        for path in self.paths:
            found.setdefault(_end(path), []).append(path)
        return found

    def globs(self, paths: Iterable[str]) -> Iterator[str]:
        """Globs for the paths of one depth and last name, each path where none means them alone."""
        groups: dict[tuple[int, str], list[str]] = {}
        for path in paths:
            groups.setdefault(_end(path), []).append(path)
        for end, group in groups.items():
            known = self._by_end.get(end, group)
            globs = (glob_of(group, way) for way in (_anything, _letters))
            exact = (glob for glob in globs if sum(matches(p, glob) for p in known) == len(group))
            glob = next(exact, None)
            yield from [glob] if glob else group


def _end(path: str) -> tuple[int, str]:
    return path.count("/"), path.rpartition("/")[2]


def _having(field: str) -> Callable[[Op], bool]:
    return lambda op: bool(getattr(op, field, None))


def _lacking(field: str) -> Callable[[Op], bool]:
    return lambda op: field in op.options() and not getattr(op, field)


_HAVING: Mapping[str, Callable[[Op], bool]] = {
    "": bool,
    "with a norm": _having("norm"),
    "with a bias": _having("bias"),
    "without a norm": _lacking("norm"),
    "without a bias": _lacking("bias"),
    "with padding": lambda op: any(getattr(op, "padding", ())),
}
"""What steps of one op may have in common, in words."""


def shortened(told: Sequence[str]) -> str:
    """The first of many, and how many more there are."""
    more = len(told) - SHOWN
    if more <= 1:
        return ", ".join(told)
    return f"{', '.join(told[:SHOWN])} and {more:,} more"


def glob_of(paths: Sequence[str], way: Callable[[set[str]], str] | None = None) -> str:
    """A glob that means these paths of one depth, and perhaps others.

    `way` says what stands for different parts of names, a star by default.

    >>> glob_of(["Mixed_5b/Branch_1/Conv", "Mixed_5c/Branch_1/Conv"])
    'Mixed_5*/Branch_1/Conv'
    """
    columns = zip(*(path.split("/") for path in paths), strict=True)
    return "/".join(_common({*names}, way or _anything) for names in columns)


def _common(names: set[str], way: Callable[[set[str]], str]) -> str:
    if len(names) == 1:
        return next(iter(names))
    start = _start(names)
    end = _start({name[len(start) :][::-1] for name in names})[::-1]
    return f"{start}{way({name[len(start) : len(name) - len(end)] for name in names})}{end}"


def _anything(_: set[str]) -> str:
    return "*"


def _letters(parts: set[str]) -> str:
    """The letters themselves, where the parts are single ones."""
    return f"[{''.join(sorted(parts))}]" if all(len(part) == 1 for part in parts) else "*"


def _start(names: Iterable[str]) -> str:
    """What all begin with."""
    columns = zip(*names, strict=False)
    return "".join(letters[0] for letters in takewhile(lambda each: len({*each}) == 1, columns))


def most_common(values: Iterable[str], at_most: int) -> str:
    """Different values, the most frequent first, and how many more there are."""
    found = [value for value, _ in Counter(values).most_common()]
    more = len(found) - at_most
    return ", ".join(found) if more <= 1 else f"{', '.join(found[:at_most])} and {more} more"
