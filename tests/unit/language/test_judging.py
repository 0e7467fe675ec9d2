"""What a schema fragment accepts, asked once or again."""

from __future__ import annotations

from netspec.language import judging
from netspec.language.judging import is_valid
from netspec.ops.constructs import JsonSchema

INTEGER: JsonSchema = {"type": "integer"}
BOOLEAN: JsonSchema = {"type": "boolean"}


def test_a_value_that_was_accepted_is_so_again_and_none_that_only_equals_it() -> None:
    for _ in range(2):
        assert is_valid(1, INTEGER)
        assert not is_valid(True, INTEGER)
        assert not is_valid(1.0, INTEGER)
        assert not is_valid([1], INTEGER)
        assert is_valid(True, BOOLEAN)
        assert not is_valid(1, BOOLEAN)


def test_what_is_remembered_has_a_bound() -> None:
    for value in range(judging.REMEMBERED_AT_MOST + 1):
        assert is_valid(value, INTEGER)
    assert not is_valid("1", INTEGER)
    assert len(judging._ACCEPTED) <= judging.REMEMBERED_AT_MOST
