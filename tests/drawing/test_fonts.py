"""Our table of widths against Adobe's own, as reportlab ships them."""

from __future__ import annotations

import string

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from netspec.drawing.fonts import UNITS, exact_width, fitted, width

ADOBE = {"regular": "Helvetica", "bold": "Helvetica-Bold"}
PRINTED = string.ascii_letters + string.digits + string.punctuation + " ×±–…·"


@pytest.mark.parametrize("weight", UNITS)
@pytest.mark.parametrize("character", PRINTED)
def test_a_character_is_as_wide_as_adobe_says(character: str, weight: str) -> None:
    assert UNITS[weight][character] == pytest.approx(stringWidth(character, ADOBE[weight], 1000))


def test_words_add_up_and_are_given_slack() -> None:
    text = "3×3 conv, 96, /2"
    assert exact_width(text, 12) == pytest.approx(stringWidth(text, "Helvetica", 12))
    assert width(text, 12) >= exact_width(text, 12)
    assert width("", 12) == 0


def test_an_unknown_character_is_thought_wide() -> None:
    assert width("卷", 10) >= 10


@pytest.mark.parametrize("room", [0, 10, 40, 100, 400])
def test_a_line_is_cut_to_its_room(room: int) -> None:
    text = "the_longest_name_that_a_step_may_have_is_of_sixty_three_letters"
    cut = fitted(text, room, 12)
    assert width(cut, 12) <= max(room, width("…", 12))
    assert cut in (text, "…") or (cut.endswith("…") and text.startswith(cut[:-1]))
