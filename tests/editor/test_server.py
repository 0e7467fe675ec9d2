"""The server of these tests is the one that is pinned, and fetches nothing."""

from __future__ import annotations

import json
from pathlib import Path

from editor.server import PROGRAM, Server

HERE = Path(__file__).parent


def test_nothing_is_fetched(server: Server, tmp_path: Path) -> None:
    """What it would fetch it asks of a proxy that is not there."""
    text = "# yaml-language-server: $schema=http://schemas.invalid/net.json\nnetspec: 1\n"
    (mark,) = server.marks(text, tmp_path)
    assert "ECONNREFUSED 127.0.0.1:9" in mark.message


def test_the_server_is_the_pinned_one() -> None:
    package = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    installed = json.loads((PROGRAM.parents[1] / "package.json").read_text(encoding="utf-8"))
    (pinned,) = package["dependencies"].values()
    assert lock["packages"]["node_modules/yaml-language-server"]["version"] == pinned
    assert installed["version"] == pinned


def test_the_lock_pins_contents_and_names_no_registry() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    del packages[""]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
