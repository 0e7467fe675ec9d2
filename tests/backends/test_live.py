"""Live models: the framework's own objects, that disturb nothing around them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import torch
from corpus.inception import SMALL
from corpus.joins import JOINS
from corpus.nets import error, images, steps, weights

import netspec
from netspec import targets
from netspec.backends.keras import rules as keras_rules
from netspec.backends.torch import rules as torch_rules
from netspec.backends.torch.layout import from_torch, to_torch
from netspec.ir.graph import Graph
from netspec.ops.activation import Tanh
from netspec.reference import evaluate
from netspec.targets import Array

FRAMEWORKS = ("torch", "keras")


@pytest.fixture(scope="module")
def inception() -> Graph:
    return netspec.load("inception_v3", set=SMALL, input="75x75").graph()


@pytest.fixture(scope="module")
def reference(inception: Graph) -> dict[str, Array]:
    """The value of every endpoint."""
    endpoints = inception.with_outputs(inception.endpoints())
    return evaluate(endpoints, weights(inception), images(inception, 2))


@pytest.fixture(scope="module")
def network(inception: Graph) -> Any:
    return targets.backend("torch").live(inception, weights(inception)).eval()


@pytest.fixture(scope="module")
def model(inception: Graph) -> Any:
    return targets.backend("keras").live(inception, weights(inception))


def tensor(value: Array) -> torch.Tensor:
    return torch.from_numpy(to_torch(np.asarray(value, np.float32)))


# torch


def test_a_block_is_a_module_that_can_be_called(network: Any, reference: dict[str, Array]) -> None:
    with torch.inference_mode():
        found = network.Mixed_5c(tensor(reference["Mixed_5b"]))
        branch = network.Mixed_5c.Branch_1(tensor(reference["Mixed_5b"]))
    assert error(from_torch(found.numpy()), reference["Mixed_5c"]) <= 5e-6
    assert error(from_torch(branch.numpy()), reference["Mixed_5c/Branch_1"]) <= 5e-6


def test_hooks_see_every_step(network: Any, inception: Graph, reference: dict[str, Array]) -> None:
    seen: dict[str, Array] = {}

    def hook(path: str) -> Callable[..., None]:
        def keep(_: object, __: object, value: torch.Tensor) -> None:
            seen[path] = from_torch(value.numpy())

        return keep

    modules = dict(network.named_modules())
    paths = [path for path in inception.endpoints() if path.replace("/", ".") in modules]
    handles = [modules[path.replace("/", ".")].register_forward_hook(hook(path)) for path in paths]
    with torch.inference_mode():
        network(*(tensor(value) for value in images(inception, 2).values()))
    for handle in handles:
        handle.remove()
    assert set(inception.steps) <= set(seen)
    assert max(error(value, reference[path]) for path, value in seen.items()) <= 5e-6


def test_a_block_can_be_replaced(network: Any, reference: dict[str, Array]) -> None:
    other = copy.deepcopy(network)
    other.Mixed_5c = torch.nn.Identity()
    other.Mixed_5d = other.Mixed_5d.Branch_0
    with torch.inference_mode(), pytest.raises(RuntimeError, match="channels"):
        other(torch.zeros(2, 3, 75, 75))


def test_a_network_is_copied_saved_and_cast(network: Any, inception: Graph, tmp_path: Path) -> None:
    (image,) = map(tensor, images(inception, 2).values())
    with torch.inference_mode():
        wanted = network(image)
        for other in (copy.deepcopy(network), _reloaded(network, inception, tmp_path)):
            assert all(torch.equal(other(image)[path], value) for path, value in wanted.items())
        double = copy.deepcopy(network).to(torch.float64)
        assert {v.dtype for v in double(image.double()).values()} == {torch.float64}


def _reloaded(network: Any, graph: Graph, folder: Path) -> Any:
    torch.save(network.state_dict(), folder / "state.pth")
    other = targets.backend("torch").live(graph, None).eval()
    other.load_state_dict(torch.load(folder / "state.pth", weights_only=True), strict=True)
    return other


def _traced(network: Any, image: torch.Tensor) -> Any:
    with pytest.warns(DeprecationWarning, match="trace"):
        return torch.jit.trace(network, image, strict=False)


def _exported(network: Any, image: torch.Tensor) -> Any:
    return torch.export.export(network, (image,)).module()


@pytest.mark.parametrize("freeze", [_traced, _exported])
def test_a_network_can_be_traced_and_exported(
    freeze: Callable[[Any, torch.Tensor], Any], tmp_path: Path
) -> None:
    graph = JOINS["residual"].graph(tmp_path)
    network = targets.backend("torch").live(graph, weights(graph)).eval()
    (image,) = map(tensor, images(graph, 2).values())
    with torch.no_grad():
        found, wanted = freeze(network, image)(image), network(image)
    assert all(torch.allclose(found[path], value, atol=1e-6) for path, value in wanted.items())


def test_a_network_prints_its_blocks(network: Any) -> None:
    lines = repr(network).splitlines()
    assert lines[0] == "InceptionV3("
    assert "  (Mixed_5b): Mixed35(" in lines
    assert "    (Branch_1): Block(" in lines
    assert any(line.startswith("      (Conv2d_0b_5x5): ConvBatchNormRelu(") for line in lines)


def test_gradients_reach_every_parameter(inception: Graph) -> None:
    net = targets.backend("torch").live(inception, weights(inception)).train()
    sum(value.square().sum() for value in net(torch.randn(2, 3, 75, 75)).values()).backward()
    assert all(p.grad is not None and p.requires_grad for p in net.parameters())


# Keras


def test_a_layers_output_is_the_steps_value(
    model: Any, inception: Graph, reference: dict[str, Array]
) -> None:
    names = {layer.name for layer in model.layers}
    paths = [path for path in inception.steps if path.replace("/", "__") in names]
    assert paths == list(inception.steps)
    values = {path: model.get_layer(path.replace("/", "__")).output for path in paths}
    found = keras.Model(model.input, values)(*images(inception, 2).values(), training=False)
    errors = {path: error(np.asarray(found[path]), reference[path]) for path in paths}
    assert max(errors.values()) <= 5e-6


def test_a_model_names_its_outputs_and_predicts(
    model: Any, inception: Graph, reference: dict[str, Array]
) -> None:
    (image,) = images(inception, 2).values()
    found = model.predict(image, verbose=0)
    assert list(found) == list(inception.outputs)
    assert all(error(value, reference[path]) <= 5e-6 for path, value in found.items())
    assert model.name == "InceptionV3"
    assert model.input.name == "image"


# both


@pytest.mark.parametrize("target", FRAMEWORKS)
def test_endpoints_stand_behind_the_outputs(target: str) -> None:
    paths = ("Mixed_5b/Branch_0", "Mixed_5b", "MaxPool_3a_3x3")
    spec = netspec.load("inception_v3", set=SMALL, input="75x75")
    graph = spec.graph(paths)
    net = spec.to(target, weights=weights(spec.graph()), endpoints=paths)
    (image,) = images(graph, 1).values()
    found = net.eval()(tensor(image)) if target == "torch" else net(image)
    assert list(found) == [*spec.graph().outputs, *paths]


SETTINGS: dict[str, Callable[[], Any]] = {
    "torch's generator": lambda: torch.get_rng_state().tolist(),
    "numpy's generator": lambda: repr(np.random.get_state()),
    "torch's type": torch.get_default_dtype,
    "torch's device": lambda: torch.empty(0).device,
    "torch's threads": torch.get_num_threads,
    "gradients": torch.is_grad_enabled,
    "Keras's precision": lambda: keras.config.dtype_policy().name,
    "Keras's type": keras.config.floatx,
    "Keras's order": keras.config.image_data_format,
}


def settings() -> dict[str, Any]:
    return {name: read() for name, read in SETTINGS.items()}


@pytest.fixture
def unusual() -> Any:
    """Settings that are not the default, so that a reset to it would show."""
    torch.set_default_dtype(torch.float64)
    policy, order = keras.config.dtype_policy(), keras.config.image_data_format()
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.config.set_image_data_format("channels_first")
    yield
    torch.set_default_dtype(torch.float32)
    keras.config.set_dtype_policy(policy)
    keras.config.set_image_data_format(order)


MIXED = steps(
    "9x8x3",
    "{op: conv, filters: 4, kernel: 3, norm: batch_norm, activation: tanh}",
    "{op: avg_pool, kernel: 3, padding: {top: 1, right: 1}}",
    "{op: dropout, keep: 0.5}",
    "{op: flatten}",
    "{op: dense, filters: 3, activation: tanh}",
)


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.usefixtures("unusual")
def test_models_leave_global_settings_alone_and_mind_none(target: str, tmp_path: Path) -> None:
    graph = MIXED.graph(tmp_path)
    backend = targets.backend(target)
    values, feeds = weights(graph), images(graph)
    wanted = evaluate(graph, values, feeds)["s4"]
    before = settings()
    assert error(backend.run(graph, values, feeds, "float32")["s4"], wanted) <= 5e-6
    assert error(backend.run(graph, values, feeds, "float64")["s4"], wanted) <= 1e-12
    live = backend.live(graph, values)
    backend.source(graph)
    backend.write(graph, values, "0" * 64, tmp_path / "out")
    assert settings() == before
    (image,) = feeds.values()
    value = live(tensor(image))["s4"].detach() if target == "torch" else live(image)["s4"]
    assert "float32" in str(value.dtype)
    drawn = backend.live(graph, None)
    parameters = drawn.parameters() if target == "torch" else drawn.trainable_variables
    assert all("float32" in str(parameter.dtype) for parameter in parameters)


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.usefixtures("unusual")
def test_a_failure_in_the_middle_leaves_global_settings_alone(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = MIXED.graph(tmp_path)
    values, feeds = weights(graph), images(graph)

    def broken(*_: object) -> Any:
        raise RuntimeError("broken on purpose")

    for rules in (torch_rules.RULES, keras_rules.RULES):
        monkeypatch.setitem(rules, Tanh, broken)
    backend = targets.backend(target)
    before = settings()
    for attempt in (
        lambda: backend.live(graph, values),
        lambda: backend.run(graph, values, feeds, "float64"),
        lambda: backend.write(graph, values, "0" * 64, tmp_path / "out"),
    ):
        with pytest.raises(RuntimeError, match="on purpose"):
            attempt()
        assert settings() == before
    assert not (tmp_path / "out").exists()
