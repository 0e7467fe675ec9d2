"""The language by example: YAML in, the graph's text or the diagnostics out (tests/literate/*.md).

A case is a heading with prose, a ```yaml block, perhaps a ```set block of `name=value` lines as
after --set (and `--input HxW`), and a ```graph, an ```expanded or a ```diagnostics block, which
`--regenerate` writes. Shapes there are worked out in the prose: read what changes. A ```yaml NAME
block, in a case or before the first of a page, is a file of that name beside the spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec.diagnostics import SpecError
from netspec.ir.text import to_text
from netspec.language.settings import from_options
from netspec.loading import from_document
from netspec.ops.table import OPS
from netspec.reading.reader import read_file
from netspec.spec import Spec

FOLDER = Path(__file__).parents[1] / "literate"
PAGES = sorted(FOLDER.glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```yaml (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)

PRINTED: dict[str, Callable[[Spec], str]] = {
    "graph": lambda spec: to_text(spec.graph()),
    "expanded": Spec.expanded,
}
"""What can be shown of a spec."""


class Case(NamedTuple):
    """One heading of a page, and its blocks."""

    page: Path
    title: str
    spec: str
    settings: str
    kind: str
    expected: str
    files: dict[str, str]


def cases_of(page: Path) -> list[Case]:
    start, *parts = re.split(r"^(?=## )", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shared = dict(FILE.findall(start))
    return [case_of(page, part, shared) for part in parts]


def case_of(page: Path, part: str, shared: dict[str, str]) -> Case:
    heading = HEADING.match(part)
    assert heading, part
    blocks = dict(BLOCK.findall(part))
    (kind,) = blocks.keys() & {*PRINTED, "diagnostics"}
    files = {**shared, **dict(FILE.findall(part))}
    return Case(page, heading[1], blocks["yaml"], blocks.get("set", ""), kind, blocks[kind], files)


CASES = [case for page in PAGES for case in cases_of(page)]


def outcome(case: Case) -> tuple[str, str]:
    lines = case.settings.splitlines()
    sizes = [line.removeprefix("--input ") for line in lines if line.startswith("--input ")]
    assignments = [line for line in lines if not line.startswith("--input ")]
    try:
        settings = from_options(assignments, *sizes)
        for name, text in {**case.files, "spec.yaml": case.spec}.items():
            Path(name).write_text(text, encoding="utf-8")
        kind = case.kind if case.kind in PRINTED else "graph"
        return kind, PRINTED[kind](from_document(read_file("spec.yaml"), settings))
    except SpecError as error:
        return "diagnostics", f"{error}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.page.stem}: {c.title}")
def test_case(
    case: Case, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kind, text = outcome(case)
    if request.config.getoption("--regenerate"):
        regenerate(case, kind, text)
    else:
        assert kind == case.kind, text
        assert text == case.expected


def regenerate(case: Case, kind: str, text: str) -> None:
    page = case.page.read_text(encoding="utf-8")
    start = page.index(f"## {case.title}\n")
    following = HEADING.search(page, start + 3)
    end = following.start() if following else len(page)
    part = page[start:end]
    new = part.replace(f"```{case.kind}\n{case.expected}```", f"```{kind}\n{text}```")
    case.page.write_text(page[:start] + new + page[end:], encoding="utf-8")


def test_every_op_has_a_case() -> None:
    """The page of ops names, before the colon of a title, each op that the case shows."""
    shown = [(case, named) for case in CASES for named in re.findall(r"`(\w+)`", case.title)]
    on_page = [(case, named) for case, named in shown if case.page.stem == "ops"]
    assert sorted(named for _, named in on_page) == sorted(OPS)
    assert [named for case, named in on_page if f"op: {named}" not in case.spec] == []


def test_titles_are_unique_on_their_page() -> None:
    assert len({(case.page, case.title) for case in CASES}) == len(CASES)
