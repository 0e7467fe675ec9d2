"""What a page shows is what happens: its commands run, in order, and print what stands there."""

from __future__ import annotations

import re
from pathlib import Path

import commands
import ops_page
import pytest

from netspec.language.about import About
from netspec.language.preprocess import Preprocess, Resize
from netspec.limits import table
from netspec.ops.constructs import Construct
from netspec.transfer.rules import FATES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (
    "backbones.md",
    "costs.md",
    "diff.md",
    "draw.md",
    "editors.md",
    "language.md",
    "sweep.md",
    "transfer.md",
)


@pytest.mark.parametrize("name", PAGES)
def test_commands_print_what_a_page_shows(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = DOCS / name
    text = page.read_text(encoding="utf-8")
    found = commands.compared(text, tmp_path)
    if request.config.getoption("--regenerate"):
        page.write_text(found, encoding="utf-8")
    else:
        assert found == text


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_page_shows_what_it_prints(name: str, tmp_path: Path) -> None:
    shown = list(commands.walk((DOCS / name).read_text(encoding="utf-8"), tmp_path))
    assert all(command.printed for command in shown if command.words[0] == "netspec")


def test_a_page_that_shows_something_else_is_told(tmp_path: Path) -> None:
    page = "```console\n$ netspec list\nnothing\n```\n"
    found = commands.compared(page, tmp_path)
    assert "inception_v3" in found
    assert "nothing" not in found
    assert commands.compared(found, tmp_path) == found


@pytest.mark.parametrize(
    ("printed", "agree"),
    [
        ("Logits  4.1e-07  passed\n", True),
        ("Logits  4.1e-05  passed\n", False),
        ("Logits  0.1      passed\n", False),
        ("Logits  4.1e-07  failed\n", False),
    ],
)
def test_an_error_of_rounding_may_be_another(printed: str, agree: bool) -> None:
    assert commands.agrees("Logits  3.2e-07  passed\n", printed) is agree


@pytest.mark.parametrize("block", [About, Preprocess, Resize])
def test_the_tables_of_fields_are_the_code_s(block: type[Construct]) -> None:
    rows = "\n".join(ops_page.fields_of(block))
    assert rows in (DOCS / "language.md").read_text(encoding="utf-8")


def test_the_table_of_limits_is_the_code_s() -> None:
    assert table().strip() in (DOCS / "language.md").read_text(encoding="utf-8")


def test_the_table_of_fates_is_the_code_s() -> None:
    page = (DOCS / "transfer.md").read_text(encoding="utf-8")
    assert all(f"| `{fate}` | {words} |\n" in page for fate, words in FATES.items())


LINKED = [*sorted(DOCS.rglob("*.md")), *sorted(DOCS.parent.glob("*.md"))]


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_within_and_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        other = (page.parent / file) if file else page
        assert other.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, target


CONTRIBUTING = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = re.compile(r"`((?:netspec|backends|specs|tests|docs)/[\w/.*]+)`")


def test_the_files_that_contributing_names_are_there() -> None:
    named = FILES.findall(
        re.sub(r"^(`{3,}).*?^\1$", "", CONTRIBUTING, flags=re.MULTILINE | re.DOTALL)
    )
    assert len(named) > 50
    assert [path for path in named if not any(DOCS.parent.glob(path))] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    files = sorted((DOCS / "adr").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for number, file in enumerate(files, 1):
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. "), file.name


def _anchor(heading: str) -> str:
    """The anchor that a heading gets on the pages of code hosts."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")
