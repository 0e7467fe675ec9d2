"""`netspec new`: what it writes, what it refuses, and that nothing is ever written over."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import netspec
from netspec import bundled, writing
from netspec.cli.main import main
from netspec.language.published import schema_text

Run = Callable[..., tuple[int, str, str]]
SCHEMA = "netspec.schema.json"
LINE = f"# yaml-language-server: $schema={SCHEMA}\n"
BASE = """netspec: 1
name: Base
input: {image: {height: 8, width: 8, channels: 3}}
steps: [{Act: {op: relu}}]
outputs: {Act: {}}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder; gives exit status and what both streams got."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def names(folder: str | Path = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("base", bundled.specs())
def test_an_overlay_on_a_bundled_spec_is_the_same_network(run: Run, base: str) -> None:
    assert run("new", "mine", "--from", base)[0] == 0
    assert names() == ["mine.yaml", SCHEMA]
    assert run("check", "mine.yaml")[0] == 0
    made, base_spec = netspec.load("mine.yaml"), netspec.load(base)
    assert (made.name, made.hash) == ("mine", base_spec.hash)
    text = Path("mine.yaml").read_text(encoding="utf-8")
    assert text.startswith(LINE)
    assert f"\nextends: {base}\n" in text


def test_a_network_from_nothing(run: Run) -> None:
    status, out, err = run("new", "tiny")
    assert (status, err) == (0, "")
    assert out == f"wrote tiny.yaml\nwrote {SCHEMA}\nedit it, then: netspec check tiny.yaml\n"
    assert run("check", "tiny.yaml")[0] == 0
    assert Path("tiny.yaml").read_text(encoding="utf-8").startswith(LINE)
    # 3x3 convs without bias, a beta and a gamma for each of their filters; a dense with bias
    blocks = [9 * 3 * 32 + 64, 9 * 32 * 32 + 64, 9 * 32 * 64 + 128, 9 * 64 * 64 + 128]
    mixed = [64 * 32 + 64, 9 * 64 * 32 + 64]
    answer = json.loads(run("show", "tiny.yaml", "--json")[1])
    assert answer["params"]["trainable"] == sum(blocks) + sum(mixed) + 64 * 10 + 10
    assert answer["outputs"] == {"Logits": [10]}


def test_json_names_the_files_and_the_base(run: Run) -> None:
    status, out, _ = run("new", "mine", "--from", "inception_v3", "--json")
    answer = json.loads(out)
    sizes = [{"path": name, "bytes": Path(name).stat().st_size} for name in ("mine.yaml", SCHEMA)]
    assert status == 0
    assert answer == {"ok": True, "extends": "inception_v3", "files": sizes}


def test_the_schema_is_written_once(run: Run) -> None:
    run("new", "one")
    assert Path(SCHEMA).read_text(encoding="utf-8") == schema_text()
    status, out, err = run("new", "two")
    assert (status, err) == (0, "")
    assert SCHEMA not in out


def test_another_schema_is_kept_with_a_note(run: Run) -> None:
    Path(SCHEMA).write_text("{}")
    status, _, err = run("new", "one")
    assert status == 0
    assert f"netspec schema > {SCHEMA}" in err
    assert Path(SCHEMA).read_text() == "{}"


@pytest.mark.parametrize("name", ["mine", "mine.yaml", "mine.yml"])
def test_the_suffix_may_be_written(run: Run, name: str) -> None:
    run("new", name)
    assert names() == ["mine.yaml", SCHEMA]


@pytest.mark.parametrize(
    ("base", "target", "extends"),
    [
        ("base.yaml", "mine", "base.yaml"),
        ("./base.yaml", "mine", "base.yaml"),
        ("nets/base.yaml", "mine", "nets/base.yaml"),
        ("nets/base.yaml", "nets/mine", "base.yaml"),
        ("nets/a b.yaml", "mine", "nets/a b.yaml"),
    ],
)
def test_a_file_is_extended_by_its_path_from_the_new_one(
    run: Run, base: str, target: str, extends: str
) -> None:
    Path("nets").mkdir()
    Path(base).write_text(BASE)
    assert run("new", target, "--from", base)[0] == 0
    assert json.loads(run("new", f"{target}2", "--from", base, "--json")[1])["extends"] == extends
    assert run("check", f"{target}.yaml")[0] == 0
    assert netspec.load(f"{target}.yaml").hash == netspec.load(base).hash


def test_the_path_of_a_bundled_spec_is_its_name(run: Run) -> None:
    path = str(bundled.specs()["inception_v3"])
    answer = json.loads(run("new", "mine", "--from", path, "--json")[1])
    assert answer["extends"] == "inception_v3"


def test_a_base_elsewhere_is_refused_with_what_to_do(run: Run) -> None:
    Path("nets").mkdir()
    Path("base.yaml").write_text(BASE)
    status, out, err = run("new", "nets/mine", "--from", "base.yaml")
    assert (status, out, names("nets")) == (2, "", [])
    assert "NS119" in err
    (cure,) = (line.split("netspec ")[1] for line in err.splitlines() if "netspec new" in line)
    assert run(*cure.split())[0] == 0
    assert names() == ["base.yaml", "mine.yaml", "nets", SCHEMA]


def test_a_base_behind_a_link_is_extended_where_it_lies(run: Run) -> None:
    Path("base.yaml").write_text(BASE)
    Path("link.yaml").symlink_to("base.yaml")
    assert (
        json.loads(run("new", "mine", "--from", "link.yaml", "--json")[1])["extends"] == "base.yaml"
    )
    assert run("check", "mine.yaml")[0] == 0


BAD_NAMES = (
    *("", ".", "..", "../..", "a b", "1net", "-net", "ünet", "net.", "ne\nt", "ne:t", "a" * 101),
    *("inception_v3", "inception_v3.yaml", ".yaml", "nets/", "forward", "b" * 64),
)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_refused(run: Run, name: str) -> None:
    Path("nets").mkdir()
    status, out, err = run("new", "--", name)
    assert (status, out, names()) == (2, "", ["nets"])
    assert "error[NS606]" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["new", "nowhere/mine"], "NS606"),
        (["new", "mine", "--from", "no_such"], "NS101"),
        (["new", "mine", "--from", "bad.yaml"], "NS203"),
        (["new", "mine", "--from", "base"], "NS101"),
        (["new", "mine", "--from", "loop.yaml"], "NS101"),
        (["new", "loop.yaml/mine"], "NS606"),
        (["new", "mine", "--from", "\0"], "NS101"),
        (["new", "\0/mine"], "NS606"),
    ],
)
def test_what_can_t_be_done_writes_nothing(run: Run, arguments: list[str], code: str) -> None:
    Path("bad.yaml").write_text(BASE.replace("outputs", "output"))
    Path("base").write_text(BASE)
    Path("loop.yaml").symlink_to("loop.yaml")
    status, out, err = run(*arguments)
    assert (status, out, names()) == (2, "", ["bad.yaml", "base", "loop.yaml"])
    assert f"error[{code}]" in err
    answer = json.loads(run(*arguments, "--json")[1])
    assert answer["ok"] is False
    assert answer["diagnostics"][0]["code"] == code


def test_nothing_is_written_over(run: Run) -> None:
    for make in (Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")):
        make(Path("mine.yaml"))
        before = os.lstat("mine.yaml")
        status, _, err = run("new", "mine", "--from", "inception_v3")
        assert (status, names()) == (2, ["mine.yaml"])
        assert "exists already" in err
        assert os.lstat("mine.yaml") == before
        Path("mine.yaml").rmdir() if Path("mine.yaml").is_dir() else Path("mine.yaml").unlink()


def test_a_schema_of_a_failed_run_is_taken_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = writing.write_new

    def full(path: Path, text: str) -> None:
        real(path, text)
        if path.suffix == ".yaml":
            path.unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write_new", full)
    assert run("new", "mine")[0] == 130
    assert names() == []
