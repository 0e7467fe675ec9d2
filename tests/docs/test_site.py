"""The site: strict, whole, reached page by page, and without anything from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import build_site
import pytest
from build_site import Unstaged, moved, nav, places

from netspec.cli.running import COMMANDS

WHERE = {
    "README.md": "index.md",
    "docs/ops.md": "ops.md",
    "docs/adr/0001-x.md": "adr/0001-x.md",
    "docs/adr": "adr/index.md",
    "docs/flow.svg": "flow.svg",
    "specs/nin.yaml": "specs/nin.yaml",
}


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("README.md", "[a](docs/ops.md#conv)", "[a](ops.md#conv)"),
        ("README.md", "![a](docs/flow.svg)", "![a](flow.svg)"),
        (
            "README.md",
            "[a](specs/nin.yaml) [b](docs/adr/)",
            "[a](specs/nin.yaml) [b](adr/index.md)",
        ),
        ("docs/ops.md", "[a](../README.md)", "[a](index.md)"),
        ("docs/adr/0001-x.md", "[a](../ops.md)", "[a](../ops.md)"),
        ("docs/adr/0001-x.md", "[a](../../README.md#use)", "[a](../index.md#use)"),
        ("docs/ops.md", "[a](#here) [b](https://x.y/z)", "[a](#here) [b](https://x.y/z)"),
        ("README.md", "[`a`](docs/ops.md) `[a](gone)`", "[`a`](ops.md) `[a](gone)`"),
        ("README.md", "```yaml\n[a](gone.md)\n```\n", "```yaml\n[a](gone.md)\n```\n"),
        ("README.md", "````\n```\n```\n[a](gone)\n````\n", "````\n```\n```\n[a](gone)\n````\n"),
    ],
)
def test_links_lead_to_where_pages_are_on_the_site(page: str, text: str, expected: str) -> None:
    assert moved(text, page, WHERE) == expected


def test_a_link_to_what_the_site_lacks_is_told() -> None:
    with pytest.raises(Unstaged, match=r"README.md links to netspec/spec.py"):
        moved("[a](netspec/spec.py)", "README.md", WHERE)


def test_every_page_of_the_repository_is_on_the_site() -> None:
    staged = places()
    pages = {f"docs/{p.relative_to(build_site.ROOT / 'docs').as_posix()}" for p in
             (build_site.ROOT / "docs").rglob("*.md")}  # fmt: skip
    assert pages <= staged.keys()
    assert len(set(staged.values())) == len(staged)


def test_a_page_that_no_section_names_stands_behind_the_others() -> None:
    sections = nav({"index.md": "# A\n", "new.md": "# New `things`\n", "adr/0009.md": "# 9. Why\n"})
    assert {"Reference": [{"New things": "new.md"}]} in sections
    assert {"Why": [{"9. Why": "adr/0009.md"}]} in sections


class Tag(NamedTuple):
    """A start tag of a page."""

    name: str
    attributes: Mapping[str, str]


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Tag(tag, {name: value or "" for name, value in attrs}))


LOADING = {"src", "srcset", "poster", "data"}
LEADING = {"canonical", "next", "prev", "alternate"}
"""Kinds of <link> that nothing is fetched for."""


def outside(text: str) -> Iterator[str]:
    """What a page has the browser fetch from elsewhere."""
    for name, attributes in Tags(text).found:
        values = [attributes[key] for key in LOADING & attributes.keys()]
        if name == "link" and not LEADING & set(attributes.get("rel", "").split()):
            values.append(attributes.get("href", ""))
        if "mermaid" in attributes.get("class", "").split():
            yield "mermaid, which the theme's script fetches"
        yield from (value for value in values if value.startswith(("http:", "https:", "//")))
    for part in text.split("url(")[1:]:
        if part.lstrip("'\" ").startswith(("http:", "https:", "//")):
            yield part[:60]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="http://example/x.png">',
        '<pre class="mermaid">graph TD</pre>',
        "<style>@font-face {src: url( 'https://fonts.example/f.woff2')}</style>",
    ],
)
def test_what_is_fetched_from_elsewhere_is_found(text: str) -> None:
    assert list(outside(text))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site.stage(folder=folder / "source")
    assert build_site.build(folder / "source", folder / "site") == 0
    return folder / "site"


@pytest.mark.slow
def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    found = {page.name: list(outside(page.read_text(encoding="utf-8"))) for page in pages}
    assert not {name: what for name, what in found.items() if what}
    for style in site.rglob("*.css"):
        assert not list(outside(style.read_text(encoding="utf-8"))), style


@pytest.mark.slow
def test_every_page_is_reached_from_the_navigation(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    links = {
        attributes["href"]
        for name, attributes in Tags(text).found
        if name == "a" and "md-nav__link" in attributes.get("class", "")
    }
    pages = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    pages -= {"404.html", "index.html"}
    assert pages <= {link.split("#")[0] for link in links}


@pytest.mark.slow
def test_links_lead_to_files(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        for name, attributes in Tags(page.read_text(encoding="utf-8")).found:
            target = attributes.get("href" if name in ("a", "link") else "src", "")
            path = target.split("#")[0].split("?")[0]
            if path and ":" not in path:
                assert (page.parent / path).exists(), (page.name, target)


@pytest.mark.slow
def test_pages_are_found_by_their_words(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    texts = {entry["location"]: entry["text"] for entry in index["docs"]}
    assert any("receptive field" in text for text in texts.values())
    assert any(place.startswith("commands.html#") for place in texts)
    script = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    assert json.loads(script.removeprefix("var __index = ")) == index  # of pages opened as files
    assert '<script src="site/iframe-worker.js">' in (site / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_every_command_has_its_help(site: Path) -> None:
    text = (site / "commands.html").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"netspec {command.name}" in text


PLANTED = {
    "a page that is not there": "[x](gone.md)",
    "an anchor that is not there": "[x](#gone)",
    "an anchor of another page that is not there": "[x](ops.md#gone)",
    "an absolute link": "[x](/ops.md)",
    "a link that is none": "[x](ops)",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_page_is_refused(name: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "pages").mkdir(parents=True)
    (source / "pages" / "site").mkdir()
    shutil.copy(build_site.CONFIG.parent / "netspec.css", source / "pages" / "site")
    for page, text in {"index.md": f"# A\n\n{PLANTED[name]}\n", "ops.md": "# Ops\n"}.items():
        (source / "pages" / page).write_text(text)
    build_site.configure(source, [{"A": "index.md"}, {"Ops": "ops.md"}])
    assert build_site.build(source, tmp_path / "site") != 0
    (source / "pages" / "index.md").write_text("# A\n\n[x](ops.md#ops)\n")
    assert build_site.build(source, tmp_path / "site") == 0
