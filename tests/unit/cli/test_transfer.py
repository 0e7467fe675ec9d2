"""The command `weights transfer`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

from netspec import init_weights, load
from netspec.cli.main import main
from netspec.cli.transferring import transfer
from netspec.transfer.rules import NEW_INPUTS
from netspec.weights import store

Run = Callable[..., tuple[int, str, str]]

NET = """\
netspec: 1
name: Net
params: {wide: 4, classes: 3}
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - One: {op: conv, filters: $wide, kernel: 3, norm: batch_norm}
  - Two: {op: conv, filters: 6, kernel: 1}
  - Pool: {op: global_avg_pool}
  - Out: {op: conv, filters: $classes, kernel: 1}
outputs: {Out: {}}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a transfer in a folder with a.yaml, b.yaml, in which a step is renamed, and weights."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(NET)
    Path("b.yaml").write_text(NET.replace("Two", "Deux"))
    spec = load("a.yaml")
    store.save("w.safetensors", init_weights(spec, 1), spec.hash)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(("weights", "transfer", *arguments))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_command_offers_what_there_is() -> None:
    offered = {option.name: option.type for option in transfer.params}
    assert isinstance(offered["new_inputs"], click.Choice)
    assert tuple(offered["new_inputs"].choices) == NEW_INPUTS


A_TO_B = ("w.safetensors", "--from", "a.yaml", "--to", "b.yaml")


def test_a_plan_writes_nothing(run: Run) -> None:
    before = sorted(Path().iterdir())
    for more in ((), ("--plan", "-o", "out.safetensors")):
        status, out, _ = run(*A_TO_B, *more)
        assert status == 0
        assert "kept       2 tensors as they are, Two/… → Deux/…" in out
        assert out.endswith("nothing was written: this is the plan\n")
        assert sorted(Path().iterdir()) == before


def test_what_is_written_is_b_s_and_loads(run: Run) -> None:
    status, out, _ = run(*A_TO_B, "-o", "out.safetensors", "--strict")
    assert status == 0
    assert out.endswith("wrote out.safetensors\n")
    spec = load("b.yaml")
    arrays = spec.fitted("out.safetensors")
    old, _ = store.load("w.safetensors")
    np.testing.assert_array_equal(arrays["Deux/kernel"], old["Two/kernel"])
    assert store.metadata_of("out.safetensors")[store.HASH_KEY] == spec.hash


def test_the_same_transfer_gives_the_same_bytes(run: Run) -> None:
    arguments = ("w.safetensors", "--from", "a.yaml", "--set", "wide=7", "--seed", "3")
    for out in ("one.safetensors", "two.safetensors"):
        assert run(*arguments, "-o", out)[0] == 0
    assert Path("one.safetensors").read_bytes() == Path("two.safetensors").read_bytes()


def test_strict_refuses_what_is_not_kept(run: Run) -> None:
    arguments = ("w.safetensors", "--from", "a.yaml", "--set", "classes=5", "-o", "out.safetensors")
    status, out, _ = run(*arguments, "--strict")
    assert status == 1
    assert "5 classes, where A has 3" in out
    assert "nothing was written" in out
    assert not Path("out.safetensors").exists()
    assert run(*arguments)[0] == 0


def test_json_tells_of_every_tensor(run: Run) -> None:
    status, out, _ = run("w.safetensors", "--from", "a.yaml", "--set", "wide=2", "--json")
    plain = json.loads(out)
    assert status == 0
    tensors = {tensor["name"]: tensor for tensor in plain["tensors"]}
    spec = load("a.yaml", set={"wide": 2})
    assert set(tensors) == {name for name, _ in spec.graph().weights()}
    assert tensors["One/kernel"]["fate"] == "sliced"
    assert tensors["One/kernel"]["source_shape"] == [3, 3, 3, 4]
    assert (
        plain["numbers"]["total"]
        == plain["numbers"]["from_a"]
        == sum(tensor["numbers"] for tensor in tensors.values())
    )
    assert plain["out"] is None
    assert plain["counts"]["sliced"] == 6  # One's kernel and norm, and Two's kernel


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.safetensors", "--from", "a.yaml", "--to", "b.yaml"),
        (".", "--from", "a.yaml", "--to", "b.yaml"),
        ("a.yaml", "--from", "a.yaml", "--to", "b.yaml"),
        ("w.safetensors", "--from", "vgg16", "--to", "vgg19"),
        ("w.safetensors", "--from", "a.yaml"),
        ("w.safetensors", "--to", "a.yaml"),
        ("w.safetensors", "--from", "a.yaml", "--to", "missing.yaml"),
        (*A_TO_B, "--fresh", "Nowhere"),
        (*A_TO_B, "--slice", "One/kernel/x"),
        (*A_TO_B, "--new-inputs", "ones"),
        (*A_TO_B, "--seed", "x"),
        (*A_TO_B, "-o", "w.safetensors"),
        (*A_TO_B, "-o", "a.yaml"),
        (*A_TO_B, "-o", "b.yaml"),
        (*A_TO_B, "-o", "missing/out.safetensors"),
        (*A_TO_B, "-o", "."),
    ],
)
def test_mistakes_have_status_two_and_change_no_file(arguments: tuple[str, ...], run: Run) -> None:
    before = {path: path.read_bytes() for path in Path().iterdir()}
    status, _, err = run(*arguments)
    assert status == 2
    assert err
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_weights_of_another_network_are_told_before_anything_is_done(run: Run) -> None:
    status, _, err = run("w.safetensors", "--from", "b.yaml", "--to", "a.yaml")
    assert status == 2
    assert "error[NS605]" in err
    assert "missing: Deux/kernel" in err


def test_no_file_is_called_as_standard_output_is(run: Run) -> None:
    status, _, err = run(*A_TO_B, "-o", "-")
    assert status == 2
    assert "is ./-" in err
    assert not Path("-").exists()
    assert run(*A_TO_B, "-o", "./-")[0] == 0
    assert Path("-").exists()
