"""The commands that start no framework: what they print, their JSON, their exit status."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from netspec.cli.main import main
from netspec.cli.running import COMMANDS, cli
from netspec.codes import CODES

TRAINABLE, MACS = 27_143_152, 5_718_899_296  # TF-slim's Inception V3 with its auxiliary head

ROOT = Path(__file__).parents[3]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; gives exit status, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def netspec(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own."""
    command = [sys.executable, "-P", "-m", "netspec.cli.main", *arguments]
    return subprocess.run(command, text=True, timeout=60, check=False, **more)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text("netspec: 1\nname: Bad\nsteps: []\n")
    return path


READING = (
    "check {}",
    "new fresh --from {}",
    "weights show {}",
    "weights import {} --from torchvision --spec vgg16.torchvision -o out.safetensors",
    "weights import {} --from slim --spec vgg16.slim -o out.safetensors",
    "weights import {} --from onnx --spec vgg16 -o out.safetensors",
    "match vgg16 {}",
    "diff vgg16 {}",
    "diff {} --set x=1",
    "weights transfer {} --from vgg16 --to vgg19",
    "predict nin_cifar10 --weights {} photo.jpg",
)
WRITING = (
    "build nin_cifar10 --to onnx -o {}",
    "build nin_cifar10 --to torch -o {}/missing/below",
    "weights transfer w.safetensors --from vgg16 --to vgg19 -o {}/missing/below",
)
NO_FILES = ("", ".", "/", "x" * 300, "loop", "nin/" + "x" * 300)
ALMOST_TOO_LONG = "x" * 253  # an .index or .yaml behind it is too long


@pytest.mark.parametrize(
    ("command", "path"),
    [
        *((command, path) for command in (*READING, *WRITING) for path in NO_FILES),
        *((command, ALMOST_TOO_LONG) for command in READING),
    ],
)
def test_a_path_that_is_no_file_is_the_users_mistake(
    command: str, path: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    status, _, err = run(*(word.format(path) for word in command.split(" ")))
    assert status == 2, err
    assert "error" in err.lower()
    assert [each.name for each in tmp_path.iterdir()] == ["loop"]


@pytest.mark.parametrize("command", ["import {} --from", "export {} --to"])
@pytest.mark.parametrize("out", ["weights", "spec.yaml", "names.yaml", "link.yaml"])
def test_a_port_writes_over_nothing_that_it_reads(
    out: str, command: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text("netspec: 1\nextends: vgg16\n")
    for name in ("weights", "names.yaml"):
        Path(name).write_text("names: 1\n")
    Path("link.yaml").symlink_to("names.yaml")
    words = f"weights {command.format('weights')} torchvision --spec spec.yaml --names names.yaml"
    status, _, err = run(*words.split(" "), "-o", out)
    assert status == 2
    assert f"{out} would be written over" in err


def test_a_folder_that_is_gone(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run("check", "nin")[0] == 0
    assert run("check", "here.yaml")[0] == 2
    for command in (*READING, *WRITING):
        status, _, err = run(*(word.format("here") for word in command.split(" ")))
        assert status == 2, err


@pytest.mark.parametrize("command", [c.name for c in COMMANDS])
def test_help_shows_examples(command: str, run: Run) -> None:
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"\n    netspec {command}" in out or f'"$(netspec {command}' in out


def test_help_lists_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert all(f"\n  {command} " in out for command in cli.commands)


def test_list(run: Run) -> None:
    status, out, _ = run("list", "--json")
    (row,) = [row for row in json.loads(out)["specs"] if row["name"] == "inception_v3"]
    assert (status, row["params"], row["macs"]) == (0, TRAINABLE, MACS)
    assert row["input"] == [299, 299, 3]
    assert "inception_v3" not in run("list", "vgg*")[1]


def test_check_of_a_good_spec(run: Run) -> None:
    status, out, err = run("check", "inception_v3")
    assert (status, err) == (0, "")
    assert "ok" in out
    assert "27,143,152" in out
    answer = json.loads(run("check", "inception_v3", "--json")[1])
    assert answer["ok"] is True
    assert answer["diagnostics"] == []


def test_check_of_bad_specs(run: Run, bad: Path) -> None:
    missing = str(bad.with_name("missing.yaml"))
    status, out, err = run("check", str(bad), missing, "inception_v3", "--json")
    assert status == 2
    answer = json.loads(out)
    assert answer["ok"] is False
    codes = {(d["code"], d["file"]) for d in answer["diagnostics"]}
    assert ("NS203", str(bad)) in codes
    assert ("NS101", missing) in codes
    keys = {"code", "name", "severity", "file", "line", "column", "end", "path", "message", "hints"}
    assert all(keys <= d.keys() for d in answer["diagnostics"])
    assert f"{bad}:1:1: error[NS203] missing-key" in err


def test_a_diagnostic_has_its_path_in_the_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(
        "netspec: 1\nname: X\ninput: {image: {height: 8, width: 8, channels: 3}}\n"
        "steps:\n  - A: {op: conv, filters: 4, kernel: 9}\noutputs: {A: {}}\n"
    )
    (found,) = json.loads(run("check", str(path), "--json")[1])["diagnostics"]
    assert (found["code"], found["line"], found["path"]) == ("NS401", 5, "steps[0].A.kernel")
    assert (found["column"], found["end"]) == (31, 40)


def test_show_adds_up(run: Run) -> None:
    status, out, _ = run("show", "inception_v3", "--json")
    answer = json.loads(out)
    assert status == 0
    assert answer["params"]["trainable"] == TRAINABLE == sum(r["params"] for r in answer["layers"])
    assert answer["macs"] == MACS == sum(row["macs"] for row in answer["layers"])
    assert answer["outputs"]["Logits"] == [1000]
    rows = {row["path"]: row for row in answer["layers"]}
    assert rows["Mixed_5b"] | {"receptive_field": 0} == {
        "path": "Mixed_5b",
        "op": "concat",
        "window": "",
        "output": [35, 35, 256],
        "params": 0,
        "macs": 0,
        "memory": 4 * 35 * 35 * 256,
        "receptive_field": 0,
        "stride": [8, 8],
    }
    assert rows["Conv2d_1a_3x3"]["params"] == 3 * 3 * 3 * 32 + 32


def test_show_folds(run: Run) -> None:
    _, out, _ = run("show", "inception_v3", "--depth", "1", "--json")
    answer = json.loads(out)
    assert all("/" not in row["path"] for row in answer["layers"])
    assert sum(row["params"] for row in answer["layers"]) == TRAINABLE


def test_settings_pass_through(run: Run) -> None:
    settings = ("--set", "num_classes=10", "--set", "aux=false", "--input", "75x91")
    answer = json.loads(run("show", "inception_v3", *settings, "--json")[1])
    assert answer["outputs"] == {"Logits": [10], "Predictions": [10]}
    assert answer["input"] == [75, 91, 3]
    field = "Mixed_5b/Branch_1/Conv2d_0b_5x5.kernel=3"
    fewer = json.loads(run("show", "inception_v3", "--set", field, "--json")[1])
    assert TRAINABLE - fewer["params"]["trainable"] == (25 - 9) * 48 * 64


def test_expand_can_be_read_again(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("expand", "inception_v3")
    path = tmp_path / "expanded.yaml"
    path.write_text(out)
    assert status == 0
    assert run("expand", str(path))[1] == out
    hashes = {json.loads(run("check", s, "--json")[1])["specs"][0]["spec_hash"] for s in
              ("inception_v3", str(path))}  # fmt: skip
    assert len(hashes) == 1


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str, run: Run) -> None:
    status, out, _ = run("explain", code.lower())
    assert status == 0
    assert CODES[code].meaning in out
    assert CODES[code].cure in out


def test_schema_is_the_committed_one(run: Run) -> None:
    committed = Path(__file__).parents[3] / "specs" / "netspec.schema.json"
    assert run("schema")[1] == committed.read_text()


def test_doctor(run: Run) -> None:
    status, out, _ = run("doctor", "--json")
    assert status == 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        extra: {Requirement(need).name for need in needs}
        for extra, needs in project["optional-dependencies"].items()
        if extra not in ("all", "dev")
    }
    told = json.loads(out)["extras"]
    assert {extra: set(found["packages"]) for extra, found in told.items()} == extras
    assert all(found["ok"] for found in told.values())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, run: Run) -> None:
    status, out, _ = run("completion", shell)
    assert status == 0
    assert "_NETSPEC_COMPLETE" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("check",),
        ("show", "inception_v3", "--depth", "0"),
        ("show", "inception_v3", "--set", "num_classes"),
        ("show", "inception_v3", "--set", "num_clases=3"),
        ("show", "inception_v3", "--input", "big"),
        ("explain", "NS999"),
        ("build", "inception_v3", "--to", "caffe", "-o", "x"),
        ("source", "inception_v3", "--to", "caffe"),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], run: Run) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err
    assert "Traceback" not in err


def test_a_failure_in_json_is_one_object(run: Run, bad: Path) -> None:
    for arguments in (("show", str(bad)), ("expand", str(bad)), ("explain", "NS999"), ("show",)):
        status, out, _ = run(*arguments, "--json")
        assert status == 2
        assert json.loads(out)["ok"] is False


def test_our_fault_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("netspec.loading.from_documents", broken)
    status, _, err = run("show", "inception_v3")
    assert status == 4
    assert "RuntimeError: planted" in err
    assert "Traceback" not in err


def test_a_missing_extra_has_a_status_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [n for n in sys.modules if n.startswith("netspec.backends.torch")]:
        monkeypatch.delitem(sys.modules, name)
    status, _, err = run("source", "inception_v3", "--to", "torch")
    assert status == 3
    assert "pip install 'netspec[torch]'" in err


FRAMEWORKS = ("torch", "keras", "tensorflow", "onnx", "onnxruntime", "jax")
SLOW_TO_LOAD = (*FRAMEWORKS, "matplotlib", "optuna", "ray", "resvg_py", "PIL")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("check", "inception_v3"),
        ("show", "inception_v3"),
        ("draw", "inception_v3"),
        ("expand", "inception_v3"),
        ("diff", "inception_v3", "inception_v3.keras"),
        ("draw", "nin"),
        ("draw", "nin", "nin_cifar10"),
        ("weights", "--help"),
        ("explain", "NS403"),
        ("list",),
        ("schema",),
        ("doctor",),
        ("sweep", "inception_v1", "num_classes=10,20", "--jobs", "2"),
    ],
)
def test_no_framework_is_loaded(arguments: tuple[str, ...]) -> None:
    script = (
        "import sys; from netspec.cli.main import main; status = main(sys.argv[1:]); "
        f"print([m for m in {SLOW_TO_LOAD} if m in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_output() -> None:
    with Path("/dev/full").open("w") as full:
        done = netspec("show", "inception_v3", stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert "standard output can't be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away() -> None:
    command = f"{sys.executable} -P -m netspec.cli.main expand inception_v3 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "netspec: 1\n"
    assert done.stderr == ""


def test_a_closed_input() -> None:
    command = f"{sys.executable} -P -m netspec.cli.main check inception_v3 <&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_that_a_library_makes_an_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:  # as pybind11 does while a module loads
            raise ImportError("initialization failed") from interrupt

    monkeypatch.setattr("netspec.bundled.read", load)
    status, out, err = run("check", "nin", "--json")
    assert status == 130
    assert "netspec: interrupted" in err
    assert "NS502" not in err
    assert json.loads(out)["ok"] is False


def test_a_library_s_own_error_is_no_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object, **__: object) -> None:
        try:
            raise ValueError("first")
        except ValueError as error:
            raise ImportError("initialization failed") from error

    monkeypatch.setattr("netspec.bundled.read", load)
    status, _, err = run("check", "nin")
    assert status == 4
    assert "NS502" in err


def test_an_interrupt() -> None:
    script = (
        "import signal, sys, time; import netspec.loading as s; from netspec.cli.main import main;"
        # whoever starts the tests in the background has interrupts ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "s.from_documents = lambda *a: time.sleep(60); print('ready', flush=True);"
        "sys.exit(main(['show', 'inception_v3']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
