"""Texts that are spoilt: in their bytes, their words, the types of their values, their subtrees."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from property.bodies import Draw
from property.networks import Drawn, specs

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"[A-Za-z0-9_$.]+")
TOKENS = (
    *("$x", "${in.height}", "{m}", "-1", "0", "1", "99999999999", "null", "true", "none", "same"),
    *("[]", "{}", '"', "'", "{", "}", "[", "]", ":", "- ", "\n", "  ", "\t", "&a", "*a", "!!int"),
    *("<<", "%", "1e400", ".nan", "from", "use", "for", "when", "steps", "A", "image", "conv"),
    *("1..3", "9..1", "$f(1)", "#", "|", ">", "?", "@", "\u2028", "é", "x-", "op", "expect"),
    *("---", "...", "\\", "\0", "\x7f", "\u202e", "\ufeff", "${", "$", "${1 // 0}", "0x10", "1_0"),
)
SCALARS = (
    *("0", "-1", "1", "2", "3", "7", "2147483647", "2147483648", "4294967296", "1e308", "-1e308"),
    *("1e-320", "1e999", ".nan", ".inf", "-0.0", "0.5", "1.0", "true", "false", "null", "~", "''"),
    *("none", "same", "valid", "image", "conv", "add", "relu", "batch_norm", "a", "__class__"),
    *("$p", "$in.channels", "${in.height // 2}", "${1 / 0}", "${9 ** 9}", "1..3", "1..999999999"),
    *("[]", "{}", "[1]", "[1, 2]", "[1, 2, 3]", "[[1]]", "{a: 1}", "{op: relu}", "{top: 1}"),
    *("- 1", "9" * 64, "9" * 65, "a" * 63, "a" * 64, "a" * 5000, "a/b/c", "../a", "5 ", "'5'"),
)
"""Values at the edge of something, of other types than what they replace."""
OTHERS = {
    int: (1, 2, 3, 4, 5, 7, 8, 16, 100, 0, 2**31 - 1),
    float: (0.0, 0.5, 2.0, 1e-30, 1e30, 1e-8, 100.0, -1.0),
}
"""Values of the same type as what they replace."""


@cache
def written() -> list[bytes]:
    """The texts that people wrote: bundled specs, literate cases, bad specs."""
    folders = (ROOT / "specs", ROOT / "tests" / "bad")
    found = [p.read_bytes() for folder in folders for p in sorted(folder.glob("*.yaml"))]
    for page in sorted((ROOT / "tests" / "literate").glob("*.md")):
        _, *parts = page.read_text(encoding="utf-8").split("```yaml\n")
        found += [part.split("```")[0].encode() for part in parts]
    return found


@dataclass(frozen=True)
class Spoilt:
    """A file that may hold anything."""

    data: bytes

    @property
    def text(self) -> str:
        """What the file holds, so far as it is text."""
        return self.data.decode("utf-8", errors="backslashreplace")


@st.composite
def spoilt(draw: Draw) -> Spoilt:
    """Right and wrong specs, with a few things changed."""
    data = _original(draw)
    for _ in range(draw(st.integers(1, 3))):
        data = draw(st.sampled_from(WAYS))(draw, data)
    return Spoilt(data)


@st.composite
def altered(draw: Draw) -> Drawn:
    """Specs that were right, some of their values others of the same kind: often right still."""
    plain = copy.deepcopy(draw(specs()).plain)
    for _ in range(draw(st.integers(1, 3))):
        parts = [plain[key] for key in ("steps", "templates", "defaults", "heads") if key in plain]
        leaves = [*_leaves(plain["input"]), *_leaves(parts)]
        holder, key = draw(st.sampled_from(leaves))
        alike = [h[k] for h, k in leaves if k == key and type(h[k]) is type(holder[key])]
        value = draw(st.sampled_from([*alike, *OTHERS.get(type(holder[key]), ())]))
        if isinstance(holder, dict) and draw(st.integers(0, 9)) == 9:
            del holder[key]
        else:
            holder[key] = value
    return Drawn(plain)


def _leaves(value: Any) -> list[tuple[Any, Any]]:
    """Every scalar within: what holds it, and its key or index there."""
    found = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found += _leaves(item) if isinstance(item, dict | list) else [(value, key)]
    return found


def _original(draw: Draw) -> bytes:
    drawn = draw(st.sampled_from((None, specs(), altered())))
    return draw(st.sampled_from(written())) if drawn is None else draw(drawn).text.encode()


def _bytes(draw: Draw, data: bytes) -> bytes:
    place = draw(st.integers(0, len(data)))
    some = draw(st.one_of(st.binary(max_size=3), st.sampled_from([b"\xff", b"\xc3", b"\r", b"\0"])))
    return data[:place] + some + data[place + draw(st.integers(0, 2)) :]


def _words(draw: Draw, data: bytes) -> bytes:
    text = data.decode("utf-8", errors="replace")
    found = list(WORD.finditer(text))
    if not found:
        return data
    word, other = draw(st.sampled_from(found)), draw(st.sampled_from(found))
    new = draw(st.sampled_from((*TOKENS, other[0])))
    return (text[: word.start()] + new + text[word.end() :]).encode()


def _stretches(draw: Draw, data: bytes) -> bytes:
    """A stretch taken out, or put in once more elsewhere, or a token put in."""
    text = data.decode("utf-8", errors="replace")
    place, start = (draw(st.integers(0, len(text))) for _ in range(2))
    length = draw(st.integers(1, 60))
    cut = text[:place] + text[place + length :]
    copied = text[:place] + text[start : start + length] + text[place:]
    put = text[:place] + draw(st.sampled_from(TOKENS)) + text[place:]
    return draw(st.sampled_from([put, copied, cut])).encode()


def _lines(draw: Draw, data: bytes) -> bytes:
    lines = data.split(b"\n")
    here, there = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    line = lines[here]
    moved = [*lines[:there], line, *lines[there:]]
    shifted = [*lines[:here], b"  " + line, *lines[here + 1 :]]
    gone = [*lines[:here], *lines[here + 1 :]]
    return b"\n".join(draw(st.sampled_from([moved, shifted, gone])))


CHANGES = ("scalar", "scalar", "exchange", "copy", "delete", "double", "wrap")


def _tree(draw: Draw, data: bytes) -> bytes:
    """One node of the tree replaced, deleted, doubled or exchanged for another."""
    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError):
        return data
    places = list(_places(root)) if root else []
    if not places:
        return data
    places.reverse()  # the first is drawn most often, which would be the version
    values, key = draw(st.sampled_from(places))
    other_values, other_key = draw(st.sampled_from(places))
    what = draw(st.sampled_from(CHANGES))
    if what == "scalar":
        values[key] = _put(values[key], yaml.compose(draw(st.sampled_from(SCALARS))))
    elif what == "exchange":
        one, other = values[key], other_values[other_key]
        values[key], other_values[other_key] = _put(one, _copy(other)), _put(other, _copy(one))
    elif what == "copy":
        values[key] = _put(values[key], _copy(other_values[other_key]))
    elif what == "delete":
        del values[key]
    elif what == "double":
        values.insert(key, copy.deepcopy(values[key]))
    else:
        kept = _copy(values[key])
        values[key] = _put(values[key], yaml.SequenceNode("tag:yaml.org,2002:seq", [kept], None))
    return _serialized(root, data)


def _places(node: yaml.Node) -> Any:
    """Every item of a list and entry of a mapping: the list that holds it, and its index."""
    waiting, seen = [node], 0
    while waiting and seen < 3000:
        holder = waiting.pop()
        if isinstance(holder, yaml.ScalarNode):
            continue
        for index, item in enumerate(holder.value):
            seen += 1
            yield holder.value, index
            waiting.append(_value(item))


def _value(item: Any) -> yaml.Node:
    return item[1] if isinstance(item, tuple) else item


def _copy(item: Any) -> yaml.Node:
    """The value by itself: one node in two places would be written as an alias."""
    return copy.deepcopy(_value(item))


def _put(item: Any, value: yaml.Node) -> Any:
    """The value in the place of the item: an entry of a mapping keeps its key."""
    return (item[0], value) if isinstance(item, tuple) else value


def _serialized(root: yaml.Node, data: bytes) -> bytes:
    """The tree as a text; the old one where it holds itself, or what can't be written."""
    try:
        text = yaml.serialize(root, width=1 << 20, allow_unicode=True)
    except (yaml.YAMLError, RecursionError):
        return data
    return text.encode("utf-8", errors="surrogatepass")


WAYS = (_tree, _tree, _tree, _tree, _words, _stretches, _lines, _bytes)
