"""The documents that an overlay stands on: bundled specs, and files below its own folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from netspec import bundled
from netspec.diagnostics import Diagnostic, SpecError
from netspec.limits import DEFAULT, Limits
from netspec.reading import paths
from netspec.reading.characters import decode
from netspec.reading.document import Document, Mapping, Scalar
from netspec.reading.files import printable_name, read_beneath
from netspec.reading.reader import read_file, read_text
from netspec.suggestions import did_you_mean

OVERLAYS_AT_MOST = 8
SUFFIXES = (".yaml", ".yml")
EXAMPLE = "put the base beside the overlay or below it: base.yaml, nets/base.yaml"


def with_bases(document: Document, limits: Limits = DEFAULT) -> tuple[Document, ...]:
    """The document, behind it what it extends, behind that what this extends, and so on.

    Raises `SpecError`: NS119 for a path that may not be read, NS120 for a cycle, NS101 for what
    can't be read, and whatever is wrong with the text of a base.
    """
    documents = [document]
    while (node := _extends(documents[-1])) is not None:
        base = _base(node, documents[-1], limits)
        names = [each.source.name for each in documents]
        if base.source.name in names:
            chain = " → ".join([*names[names.index(base.source.name) :], base.source.name])
            raise _refusal("NS120", node, f"an overlay extends itself: {chain}")
        if len(documents) > OVERLAYS_AT_MOST:
            message = f"overlays stand on one another more than {OVERLAYS_AT_MOST} deep"
            raise _refusal("NS116", node, message)
        documents.append(base)
    return tuple(documents)


def _extends(document: Document) -> Scalar | None:
    """What a document extends; nothing where the key is absent, or at fault, as checks will say."""
    root = document.root
    node = root.get("extends") if isinstance(root, Mapping) else None
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _base(node: Scalar, document: Document, limits: Limits) -> Document:
    wanted = str(node.value)
    if "/" not in wanted and not wanted.endswith(SUFFIXES):
        return _bundled(node, wanted, limits)
    parts = wanted.split("/")
    if reason := _reason_against(wanted, parts):
        raise _refusal("NS119", node, f"`extends` takes a path {reason}", EXAMPLE)
    if document.folder is None:
        raise _refusal("NS119", node, "a spec that lies in no file can extend bundled specs only")
    try:
        data = read_beneath(document.folder, parts, limits)
    except SpecError as error:
        hints = _beside(document, parts)
        found = [replace(d, span=node.span, hints=(*d.hints, *hints)) for d in error.diagnostics]
        raise SpecError(found) from None
    path = Path(document.folder, *parts)
    base = read_text(decode(printable_name(path), data), limits)
    return replace(base, folder=path.parent)


def _beside(document: Document, parts: list[str]) -> tuple[str, ...]:
    """The specs beside an overlay that a name which can't be read may have meant."""
    if document.folder is None or len(parts) > 1:
        return ()
    names = {name for name in paths.names_in(document.folder) if Path(name).suffix in SUFFIXES}
    return did_you_mean(parts[0], sorted(names - {Path(document.source.name).name}))


def _bundled(node: Scalar, name: str, limits: Limits) -> Document:
    known = bundled.specs()
    if name not in known:
        file = "a file beside this one is extended by its name with .yaml"
        hints = (*did_you_mean(name, known), file)
        raise _refusal("NS101", node, f"there is no bundled spec `{name[:80]}`", *hints)
    return read_file(known[name], limits)


def _reason_against(path: str, parts: list[str]) -> str:
    """What a path would have to be, before anything is looked up; empty where it is that."""
    if path.startswith(("/", "~")) or "\\" in path or ":" in path:
        return "that starts at the overlay's own folder"
    if ".." in parts:
        return "that stays in the overlay's own folder"
    if not all(parts) or "." in parts:
        return f"without empty parts and `.`: {'/'.join(p for p in parts if p not in ('', '.'))}"
    return "" if path.endswith(SUFFIXES) else "that ends in .yaml"


def _refusal(code: str, node: Scalar, message: str, *hints: str) -> SpecError:
    return SpecError([Diagnostic(code, message, node.span, hints=hints)])
