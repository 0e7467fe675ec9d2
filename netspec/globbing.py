"""Which specs a glob means: bundled ones by name, or files."""

from __future__ import annotations

import glob
from fnmatch import fnmatchcase

from netspec import bundled
from netspec.diagnostics import Diagnostic, SpecError
from netspec.reading import paths
from netspec.reading.files import printable_name
from netspec.suggestions import nearest

SIGNS = frozenset("*?[")
SLASHES = frozenset("/\\")
ENDINGS = (".yaml", ".yml")


def is_glob(text: str) -> bool:
    """Whether a text is a pattern, and not the path of a file whose name has such signs in it."""
    return not SIGNS.isdisjoint(text) and not paths.is_file(text)


def matching(pattern: str) -> tuple[str, ...]:
    """The specs that a glob meets: bundled names, or paths where it has a slash or an ending.

    Bundled ones stand in their own order, a base before its dialects; files sorted by path. Raises
    `SpecError` (NS101) where it meets none.
    """
    if not _of_files(pattern):
        return bundled_names(pattern)
    found = tuple(sorted(path for path in _files(pattern) if paths.is_file(path)))
    if not found:
        message = f"no file is called like `{printable_name(pattern)[:120]}`"
        raise SpecError([Diagnostic("NS101", message)])
    return found


def bundled_names(pattern: str) -> tuple[str, ...]:
    """The bundled specs whose names a glob matches. Raises `SpecError` (NS101) for none."""
    found = tuple(name for name in bundled.specs() if fnmatchcase(name, pattern))
    if not found:
        raise SpecError([_nothing(pattern)])
    return found


def _of_files(pattern: str) -> bool:
    return pattern.endswith(ENDINGS) or not SLASHES.isdisjoint(pattern)


def _files(pattern: str) -> list[str]:
    try:
        return glob.glob(pattern)  # noqa: PTH207 pathlib takes no absolute patterns
    except (OSError, ValueError):  # no file has such a name
        return []


def _nothing(pattern: str) -> Diagnostic:
    shown = printable_name(pattern)[:120]
    bare = "".join(letter for letter in pattern if letter not in SIGNS | {"]"})
    close = nearest(bare, bundled.specs())
    hints = (
        *((f"nearest: {', '.join(close)}",) if close else ()),
        "a pattern of files has a slash or ends in .yaml: './*.yaml'",
    )
    return Diagnostic("NS101", f"no bundled spec is called like `{shown}`", hints=hints)
