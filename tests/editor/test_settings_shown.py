"""The settings that docs/editors.md shows: they are what the server and the editor take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from editor.server import Mark, Server
from netspec.cli.main import main
from netspec.language.published import schema_text

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
SETTINGS, TASKS = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
LUA = "\n".join(re.findall(r"```lua\n(.*?)```", PAGE, re.DOTALL))
SPEC = "netspec: 1\nname: Net\nsteps: []\nstpes: []\n"


def nested(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings by dotted names as the nested ones that a server is given, without `yaml`."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        *outer, last = name.split(".")
        inner = found
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    assert found.keys() == {"yaml"}
    return dict(found["yaml"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    nets = tmp_path / "nets"
    (nets / "small").mkdir(parents=True)
    (nets / "netspec.schema.json").write_text(schema_text(), encoding="utf-8")
    return tmp_path


def test_files_without_the_line_are_mapped_to_the_schema(project: Path) -> None:
    server = Server(nested(SETTINGS), project)
    try:
        for folder in (project / "nets", project / "nets" / "small"):
            assert Mark("stpes", "Property stpes is not allowed.") in server.marks(SPEC, folder)
        assert server.marks(SPEC, project) == []
    finally:
        server.close()


def test_both_editors_are_given_the_same_settings() -> None:
    ((schema, files),) = SETTINGS["yaml.schemas"].items()
    assert f'schemas = {{ ["{schema}"] = "{files}" }}' in LUA
    assert f"printWidth = {SETTINGS['yaml.format.printWidth']} " in LUA


def test_the_task_reads_what_check_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    (task,) = TASKS["tasks"]
    arguments = [word.replace("${file}", str(path)) for word in task["args"]]
    assert (task["command"], main(arguments)) == ("netspec", 2)
    pattern = task["problemMatcher"]["pattern"]
    regexp = re.compile(pattern.pop("regexp"), re.MULTILINE)
    found = [
        {name: match[group] for name, group in pattern.items()}
        for match in regexp.finditer(capsys.readouterr().err)
    ]
    main([*arguments, "--json"])
    told = json.loads(capsys.readouterr().out)["diagnostics"]
    assert len(told) > 1
    for mark, diagnostic in zip(found, told, strict=True):
        for name in ("file", "line", "column", "severity", "code"):
            assert mark[name] == str(diagnostic[name])
        assert mark["message"] == f"{diagnostic['name']}: {diagnostic['message']}"


def test_the_version_told_is_the_one_that_is_asked() -> None:
    package = json.loads((Path(__file__).parent / "package.json").read_text(encoding="utf-8"))
    assert f"version {package['dependencies']['yaml-language-server']}." in PAGE
