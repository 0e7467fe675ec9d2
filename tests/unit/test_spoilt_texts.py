"""Right specs, spoilt at random: each is refused in words and at a place, or is a network.

The long run of the same is for a night: NETSPEC_SPOILT=100000.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest
from texts import load_text

from netspec import costs
from netspec.diagnostics import SpecError
from netspec.ir.text import to_text

ROOT = Path(__file__).parents[2]
TEXTS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "specs").glob("*.yaml"))]
for page in sorted((ROOT / "tests" / "literate").glob("*.md")):
    _, *parts = page.read_text(encoding="utf-8").split("```yaml\n")
    TEXTS += [part.split("```")[0] for part in parts]

WORD = re.compile(r"[A-Za-z0-9_$.]+")
TOKENS = (
    *("$x", "${in.height}", "{m}", "-1", "0", "1", "99999999999", "null", "true", "none", "same"),
    *("[]", "{}", '"', "'", "{", "}", "[", "]", ":", "- ", "\n", "  ", "\t", "&a", "*a", "!!int"),
    *("<<", "%", "1e400", ".nan", "from", "use", "for", "when", "steps", "A", "image", "conv"),
    *("1..3", "9..1", "$f(1)", "#", "|", ">", "?", "@", "\u2028", "é", "x-", "op", "expect"),
)
GROUPS, EACH = 8, int(os.environ.get("NETSPEC_SPOILT", "320")) // 8


def spoilt(text: str, draw: random.Random) -> str:
    """The text with a few of its characters, words or stretches changed."""
    for _ in range(draw.choice((1, 1, 2, 4))):
        place = draw.randrange(len(text) + 1)
        kind = draw.randrange(4)
        if kind == 0:
            text = text[:place] + draw.choice(TOKENS) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + draw.randrange(1, 12) :]
        elif kind == 2:
            start = draw.randrange(len(text) + 1)
            text = text[:place] + text[start : start + draw.randrange(1, 60)] + text[place:]
        elif words := list(WORD.finditer(text)):
            word = draw.choice(words)
            new = draw.choice((*TOKENS, draw.choice(words)[0]))
            text = text[: word.start()] + new + text[word.end() :]
    return text


def check_words(refusal: SpecError) -> None:
    assert str(refusal)
    for diagnostic in refusal.diagnostics:
        assert diagnostic.span is not None
        assert re.fullmatch(r"NS[1-4]\d\d", diagnostic.code)


def accepted(text: str) -> bool:
    """Whether the text is a network; one that is survives being expanded and read again."""
    try:
        spec = load_text(text)
    except SpecError as refusal:
        check_words(refusal)
        return False
    graph = spec.graph()
    costs.step_costs(graph)
    costs.receptive_fields(graph)
    again = load_text(spec.expanded())
    assert again.hash == spec.hash
    assert to_text(again.graph()) == to_text(graph)
    return True


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_spoilt_text_is_refused_in_words_or_is_a_network(group: int) -> None:
    draw = random.Random(group)
    count = sum(accepted(spoilt(draw.choice(TEXTS), draw)) for _ in range(EACH))
    assert count < EACH
