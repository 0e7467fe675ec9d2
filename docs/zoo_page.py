"""The page of bundled networks: figures of each, its source, and where and why dialects differ.

It is read from the specs: `about:`, the comment at a file's head, what an overlay changes; but for
the table of proofs, which tests write.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from netspec import bundled, catalogue
from netspec.catalogue import Entry
from netspec.language.globs import matches
from netspec.language.tree import Tree
from netspec.loading import load

Plain = Mapping[str, Any]
PROOFS = Path(__file__).parents[1] / "tests" / "weights" / "proofs.json"


def zoo_page() -> Iterator[str]:
    """The page's lines, below its title."""
    entries = {entry.name: entry for entry in catalogue.entries()}
    yield "The specs that come with netspec; `netspec list` prints this table. A name such as"
    yield "`vgg16.keras` is a *dialect*: an overlay that says what one implementation builds"
    yield "otherwise. Weights move between a network and its dialects by their paths.\n"
    yield from _table(entries)
    yield from _proofs()
    for entry in entries.values():
        yield from _dialect(entry) if entry.base else _network(entry, entries)


def _table(entries: Mapping[str, Entry]) -> Iterator[str]:
    yield "| network | year | parameters | MACs | input | source |"
    yield "|---|---|--:|--:|---|---|"
    for name, entry in entries.items():
        link = f"[{name}](#{_anchor(name)})"
        cost, about = entry.cost, entry.about
        figures = f"{about.year} | {cost.trainable:,} | {cost.macs:,} | {entry.input}"
        yield f"| {'↳ ' * bool(entry.base)}{link} | {figures} | {_cell(about.source or '')} |"
    yield "\nParameters are trainable numbers, of auxiliary heads too where the network is built"
    yield "with them. MACs are multiply-accumulates of one image: output elements x taps of the"
    yield "kernel x input channels / groups, inputs x outputs of a dense layer, and nothing else.\n"


def _proofs() -> Iterator[str]:
    """What tests/weights measured when the table was last written."""
    stored = json.loads(PROOFS.read_text(encoding="utf-8"))
    yield "## Proofs\n"
    yield "Networks as their authors' code builds them, with random weights and statistics:"
    yield "saved by their own means, imported by `netspec weights import`, and run. The error is"
    yield "the worst max|a - b| / max|b| at any of the endpoints, rounded up to one digit; 5e-6"
    yield "at most is allowed. `make test` measures them anew, and"
    yield "`pytest tests/weights/test_*_ports.py --regenerate` writes the table.\n"
    targets = ("torch", "keras", "onnx")
    yield f"| network | implementation | files | input | endpoints | {' | '.join(targets)} |"
    yield f"|---|---|---|---|---|{'--:|' * len(targets)}"
    for row in stored["proofs"].values():
        network, files = row["network"], ", ".join(map(_kind, row["files"]))
        errors = " | ".join(f"{row['errors'][name]:.0e}" for name in targets)
        about = f"{row['implementation']} | {files} | {row['input']}"
        ends = ", ".join(row["endpoints"])
        yield f"| {network} | {about} | {ends} | {errors} |"
    versions = (f"{name} {version}" for name, version in stored["versions"].items())
    yield "\n*Stated anew*: the implementation's package lacks the network, which is stated in our"
    yield "tests, in the package's layers. An error of 0e+00: the numbers are equal."
    yield f"Measured with {', '.join(versions)}.\n"


def _kind(file: str) -> str:
    """The ending that tells the form of a file, and which form where there are two."""
    stem, _, ending = file.partition(".")
    return f".{ending}" if stem == "saved" else f".{ending} ({stem})"


def _network(entry: Entry, entries: Mapping[str, Entry]) -> Iterator[str]:
    about = entry.about
    yield f"## {entry.name}\n"
    yield f"{about.paper}, {about.year}. Built as: {about.source}.\n"
    yield f"{_head(entry.name)}\n"
    dialects = [f"[{e.name}](#{_anchor(e.name)})" for e in entries.values() if e.base == entry.name]
    if dialects:
        yield f"Dialects: {', '.join(dialects)}.\n"
    if changes := tuple(_changes(entry.name)):
        yield from _changed(entry.name, changes)


def _dialect(entry: Entry) -> Iterator[str]:
    yield f"### {entry.name}\n"
    yield f"Source: {entry.about.source}.\n"
    yield f"{_head(entry.name)}\n"
    yield from _changed(entry.name, tuple(_changes(entry.name)))


def _changed(name: str, changes: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f"What it changes of [{_extended(name)}](#{_anchor(_extended(name))}):\n"
    yield "| at | change |\n|---|---|"
    for place, change in changes:
        yield f"| {_cell(place)} | {_cell(change)} |"
    yield ""


def _head(name: str) -> str:
    """The comment at the head of a spec's file, as prose."""
    lines = bundled.specs()[name].read_text(encoding="utf-8").splitlines()
    comment = [line for line in lines[: lines.index("netspec: 1")] if "$schema=" not in line]
    return "\n".join(_apart(line.removeprefix("#").removeprefix(" ") for line in comment)).strip()


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """The lines, with an empty one between a list's and others, which Markdown needs."""
    before = ""
    for line in lines:
        if line and before and line.startswith("  ") != before.startswith("  "):
            yield ""
        yield line
        before = line


def _document(name: str) -> Plain:
    plain = bundled.read(name).root.plain
    assert isinstance(plain, dict)
    return plain


def _extended(name: str) -> str:
    return str(_document(name)["extends"])


def _changes(name: str) -> Iterator[tuple[str, str]]:
    """What an overlay's text changes: the place, and the change with what was there before."""
    document = _document(name)
    if "extends" not in document:
        return
    base = load(_extended(name)).tree
    for parameter, value in document.get("params", {}).items():
        if isinstance(value, dict):
            yield f"parameter `{parameter}`", f"new, {_flow(value['default'])}"
        else:
            yield f"parameter `{parameter}`", f"{_flow(value)}{_was([base.params[parameter]])}"
    if "input" in document:
        size = load(name).tree.input
        yield "`input`", f"{size}{_was([str(base.input)])}"
    if "preprocess" in document:
        yield "`preprocess`", _flow(document["preprocess"])
    for op, fields in document.get("defaults", {}).items():
        yield f"every `{op}`", _flow(fields)
    for template in document.get("templates", {}):
        yield f"template `{template}`", "written anew"
    for patch in document.get("patch", []):
        if told := _patched(patch, base):
            yield f"`{patch['at']}`", told


def _patched(patch: Plain, base: Tree) -> str:
    if "remove" in patch:
        return "removed"
    if "replace" in patch:
        return f"replaced by {_flow(patch['replace'])}"
    if "rename" in patch:
        return f"renamed {_flow(patch['rename'])}"
    for verb in ("insert_before", "insert_after"):
        if verb in patch:
            return f"{verb.removeprefix('insert_')} it {', '.join(map(_flow, patch[verb]))}"
    fields = {**patch["set"], **patch["set"].get("with", {})}
    return ", ".join(
        f"{field} {_flow(value)}{_was(_values(base, patch['at'], field))}"
        for field, value in fields.items()
        if field not in ("with", "expect")
    )


def _values(base: Tree, pattern: str, field: str) -> list[Any]:
    """The values that a field or an argument has in the steps of the base that a patch is for."""
    steps = [step for step in base.walk() if matches(step.path, pattern)]
    told = [{**(s.arguments or {}), **(s.op.to_plain() if s.op else {})} for s in steps]
    return list({_flow(each[field]): each[field] for each in told if field in each}.values())


def _was(values: list[Any]) -> str:
    return f" (was {' or '.join(map(_flow, values))})" if values else ""


def _flow(value: Any) -> str:
    """A value as YAML on one line, in code."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(name: str) -> str:
    """The anchor that a heading gets on the pages of code hosts."""
    return name.replace(".", "")
