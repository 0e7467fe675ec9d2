"""Globs of paths, such as `Mixed_6?/Branch_2/*`: name by name, so that no star crosses a slash."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(path: str, glob: str) -> bool:
    """Whether a glob means the path.

    >>> matches("Mixed_6b/Branch_2", "Mixed_6[bc]/*"), matches("Mixed_6b/Branch_2", "*")
    (True, False)
    """
    return path.count("/") == glob.count("/") and _alike(path, glob)


def matches_around(path: str, glob: str) -> bool:
    """Whether a glob means the path, or a block around it.

    >>> matches_around("Mixed_6b/Branch_2", "Mixed_*"), matches_around("Mixed_6b", "*/Branch_2")
    (True, False)
    """
    return path.count("/") >= glob.count("/") and _alike(path, glob)


def matches_within(path: str, glob: str) -> bool:
    """Whether a glob may mean something within the block at the path.

    >>> matches_within("Mixed_6b", "Mixed_*/Branch_2"), matches_within("Mixed_6b", "Mixed_6b")
    (True, False)
    """
    return path.count("/") < glob.count("/") and _alike(path, glob)


def _alike(path: str, glob: str) -> bool:
    """Whether the names are alike, as far as both go."""
    return all(map(fnmatchcase, path.split("/"), glob.split("/")))
