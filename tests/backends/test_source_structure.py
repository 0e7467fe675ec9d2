"""What emitted source looks like: one class or function per template, parameters by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from corpus.emitted import definitions, parameters, self_test
from corpus.hostile import HOSTILE
from corpus.joins import JOINS
from corpus.nets import Net, weights

import netspec
from netspec import targets

BACKENDS = ("torch", "keras")
WRITTEN: dict[str, Net] = {
    name: JOINS[name]
    for name in ("residual", "head", "uneven-pads-differ", "unused-steps", "nested-templates")
} | {name: HOSTILE[name] for name in ("steps", "network-Path", "trailing-underscores")}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Any:
    return targets.backend(request.param)


def source(backend: Any, net: Net, folder: Path) -> str:
    text: str = backend.source(net.graph(folder))
    return text


def title(backend: Any, torch: str, keras: str) -> str:
    return {"torch": torch, "keras": keras}[backend.name]


V3 = {
    "torch": (
        *("truncated_normal_", "ConvBatchNormRelu", "Mixed35", "Mixed6a", "Mixed17", "Mixed7a"),
        *("Mixed8Branch1Concat", "Mixed8Branch2Concat", "Mixed8", "InceptionV3"),
        *("build", "self_test"),
    ),
    "keras": (
        *("UnbiasedBatchNormalization", "conv_batch_norm_relu", "mixed_35", "mixed_6a"),
        *("mixed_17", "mixed_7a", "mixed_8", "inception_v3", "build", "load", "self_test"),
    ),
}


def test_the_templates_of_inception_v3_appear_once_each(backend: Any) -> None:
    text = backend.source(netspec.load("inception_v3").graph())
    assert definitions(text) == [*V3[backend.name]]
    for torch, keras, own in (
        ("Mixed35", "mixed_35", {"pool"}),
        ("Mixed17", "mixed_17", {"mid"}),
        ("Mixed8", "mixed_8", set()),
    ):
        found = parameters(text, title(backend, torch, keras))
        assert {*found} - {"x", "name", "in_channels"} == own
    assert "import netspec" not in text


def test_parameters_keep_the_templates_names(backend: Any, tmp_path: Path) -> None:
    text = source(backend, JOINS["residual"], tmp_path)
    residual = title(backend, "Residual", "residual")
    assert {"filters", "stride"} <= set(parameters(text, residual))
    text = source(backend, HOSTILE["two-parameters-x"], tmp_path)
    own = parameters(text, title(backend, "Unit", "unit"))
    assert {*title(backend, "x x_ x1 name", "x_2 x_ x1 name_").split()} <= {*own}


def test_a_use_of_another_structure_has_its_path_for_a_name(backend: Any, tmp_path: Path) -> None:
    text = source(backend, JOINS["template-changed-in-structure"], tmp_path)
    found = definitions(text)
    assert found.count(title(backend, "Unit", "unit")) == 1
    assert found.count(title(backend, "B", "b")) == 1
    assert not any(name.lower().startswith("unit") and name[-1].isdigit() for name in found)


def test_a_use_of_another_value_gives_it_as_an_argument(backend: Any, tmp_path: Path) -> None:
    text = source(backend, JOINS["template-changed-in-a-value"], tmp_path)
    unit = title(backend, "Unit", "unit")
    assert definitions(text).count(unit) == 1
    assert {"kernel_size", title(backend, "out_channels", "filters")} <= set(parameters(text, unit))
    assert "b" not in [name.lower() for name in definitions(text)]


TITLES = {
    "network-my_net": ("MyNet", "my_net"),
    "network-ResNet50": ("ResNet50", "res_net50"),
    "network-Path": ("PathNetwork", "path"),
    "network-load": ("Load", "load_network"),
    "network-Unit": ("Unit", "unit"),
    "template-conv_batch_norm_relu": ("ConvBatchNormRelu", "conv_batch_norm_relu"),
    "template-net": ("Net", "net"),
}


@pytest.mark.parametrize("case", TITLES)
def test_the_network_has_the_first_choice_of_titles_then_templates(
    case: str, backend: Any, tmp_path: Path
) -> None:
    text = source(backend, HOSTILE[case], tmp_path)
    wanted = title(backend, *TITLES[case])
    assert wanted in definitions(text)
    if case.startswith("network"):
        assert f"model = {wanted}()" in text


@pytest.mark.slow
def test_written_folders_test_themselves_without_netspec(backend: Any, tmp_path: Path) -> None:
    models = []
    for case, net in WRITTEN.items():
        graph = net.graph(tmp_path)
        files = backend.write(graph, weights(graph), "0" * 64, tmp_path / case)
        assert {"model.py", "weights.safetensors"} <= {file.name for file in files}
        models.append(tmp_path / case / "model.py")
    assert self_test(*models).count(" parameters,") == len(WRITTEN)


@pytest.mark.slow
def test_the_text_depends_on_no_hash(tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(HOSTILE["blocks"].text)
    command = (
        "import netspec, sys\n"
        "from netspec import targets\n"
        f"for name in {BACKENDS}:\n"
        "    for spec in sys.argv[1:]:\n"
        "        sys.stdout.write(targets.backend(name).source(netspec.load(spec).graph()))\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", command, str(file), "inception_v3"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "77")
    }
    assert len(texts) == 1
