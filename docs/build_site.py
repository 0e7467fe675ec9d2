"""Builds the site, build/site: `python docs/build_site.py`, or `make docs`.

The pages are those of the repository: they are staged under build/site-source, where a link from
one to another is rewritten for the place that the other has there. What a page links to must be
staged; MkDocs, which is strict, holds the rest. Beside them stand pages that are made for the site
alone (site_pages.py).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from site_pages import FOLDERS, MADE  # beside this file

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
STAGE, SITE = BUILD / "site-source", BUILD / "site"
CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"

TOP = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages at the top of the repository, and what they are called on the site."""
ASSETS = (
    "docs/**/*.svg",
    "docs/**/*.png",
    "docs/site/*.css",
    "docs/site/*.js",
    "specs/*.yaml",
    "specs/names/*.yaml",
)
NAV: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Start", ("index.md", "guide.md")),
    ("Networks", ("language.md", "ops.md", "zoo.md", "pictures.md", "editors.md")),
    ("Costs and variants", ("costs.md", "diff.md", "draw.md", "sweep.md", "backbones.md")),
    ("Weights", ("port-weights.md", "match.md", "transfer.md")),
    ("Reference", ("commands.md", "python.md", "errors.md", "onnx-nodes.md", "changelog.md")),
    ("Why", ()),
    ("Contributing", ("contributing.md", "dependencies.md")),
)
"""The order for a newcomer. A page that is not there is passed over; one that stands nowhere in it
goes to the end of `OTHERS`, a decision to `DECISIONS`."""
DECISIONS, OTHERS = "Why", "Reference"
RECORDS = ("adr/", "changelog", "onnx-nodes")
FOUND_LAST = "---\nsearch: {boost: 0.3}\n---\n\n"
"""What stands before a record, which a search should find behind what tells how to do a thing."""
LINK = re.compile(
    r"^(?P<fence> *`{3,})[^\n`]*\n.*?^(?P=fence)$"
    r"|`[^`\n]+`"
    r"|(?P<before>!?\[[^\]]*\]\()(?P<target>[^)\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
"""A link; or code, in which what looks like one is none."""


class Unstaged(Exception):
    """A page links to what the site does not have."""


def places(root: Path = ROOT) -> dict[str, str]:
    """Where each file of the repository stands on the site, by its path in the repository."""
    found = {page: place for page, place in TOP.items() if (root / page).is_file()}
    for file in sorted((root / "docs").rglob("*.md")):
        path = file.relative_to(root).as_posix()
        found[path] = path.removeprefix("docs/")
    for pattern in ASSETS:
        for file in sorted(root.glob(pattern)):
            path = file.relative_to(root).as_posix()
            found[path] = path.removeprefix("docs/")
    return found | FOLDERS


def moved(text: str, page: str, where: Mapping[str, str]) -> str:
    """A page's text with its links as they are on the site; code is left as it is.

    Raises `Unstaged` for a link to what is not there.
    """
    return LINK.sub(lambda match: _link(match, page, where), text)


def _link(match: re.Match[str], page: str, where: Mapping[str, str]) -> str:
    target = match["target"] or ""
    path, hash_, anchor = target.partition("#")
    if "://" in target or target.startswith("mailto:") or not path:
        return match[0]
    wanted = os.path.normpath(PurePosixPath(page).parent / path)
    if wanted not in where:
        raise Unstaged(f"{page} links to {target}, which the site does not have")
    relative = os.path.relpath(where[wanted], PurePosixPath(where[page]).parent)
    return f"{match['before']}{relative}{hash_}{anchor})"


def title_of(text: str) -> str:
    """A page's first heading."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    assert found, "a page begins with its title"
    return found[1]


def nav(staged: Mapping[str, str]) -> list[dict[str, Any]]:
    """The navigation: each section's pages by title. `staged` are the texts by their place."""
    sections = {title: [p for p in pages if p in staged] for title, pages in NAV}
    named = {page for pages in sections.values() for page in pages}
    for place in sorted(staged):
        if place not in named:
            sections[DECISIONS if place.startswith("adr/") else OTHERS].append(place)
    sections[DECISIONS].sort(key=lambda place: (not place.endswith("index.md"), place))
    return [
        {title: [{_short(staged[page], page): page} for page in pages]}
        for title, pages in sections.items()
        if pages
    ]


def _short(text: str, page: str) -> str:
    return "netspec" if page == "index.md" else title_of(text).replace("`", "")


def stage(root: Path = ROOT, folder: Path = STAGE) -> dict[str, str]:
    """Write pages, pictures and configuration anew; gives the pages' texts by their place."""
    shutil.rmtree(folder, ignore_errors=True)
    pages, where = folder / "pages", places(root)
    texts: dict[str, str] = {}
    for path, place in where.items():
        if path in FOLDERS:
            continue
        target = pages / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".md"):
            text = moved((root / path).read_text(encoding="utf-8"), path, where)
            texts[place] = FOUND_LAST + text if place.startswith(RECORDS) else text
            target.write_text(texts[place], encoding="utf-8")
        else:
            shutil.copyfile(root / path, target)
    for place, make in MADE.items():
        texts[place] = make(pages)
        (pages / place).write_text(texts[place], encoding="utf-8")
    configure(folder, nav(texts))
    return texts


def configure(folder: Path, navigation: list[dict[str, Any]]) -> None:
    """Write the configuration of what is staged in the folder, with this navigation."""
    plain = {"INHERIT": str(CONFIG), "docs_dir": "pages", "nav": navigation}
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")


def build(folder: Path = STAGE, site: Path = SITE) -> int:
    """The site of what is staged; MkDocs's exit status, which is no 0 after any warning."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
    ]  # --quiet hides warnings from it
    command += ["--config-file", str(folder / "mkdocs.yml"), "--site-dir", str(site)]
    # Material tells on every build of its successor; docs/dependencies.md has taken note.
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


def main() -> int:
    """Stage and build."""
    try:
        stage()
    except Unstaged as fault:
        print(fault, file=sys.stderr)
        return 1
    status = build()
    if status == 0:
        print(
            f"wrote {SITE.relative_to(ROOT)}: open build/site/index.html, with or without a server"
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
