"""Every map names exactly the weights that its framework's own network has, of the same shapes."""

from __future__ import annotations

import pytest
from peers import real_names
from peers.real_names import Shapes

import netspec
from netspec import bundled
from netspec.weights.formats import FORMATS
from netspec.weights.plan import tensors
from netspec.weights.porting import names_for

PEERS = {name: tuple(networks) for name, (_, networks, _) in real_names.FRAMEWORKS.items()}
CASES = [(form, network) for form, networks in PEERS.items() for network in networks]
# The spec that is a framework's network, where it is not called NETWORK.FRAMEWORK.
SPECS = {
    **{
        ("slim", f"inception_{name}"): f"inception_{name}"
        for name in ("v2", "v3", "v4", "resnet_v2")
    },
    ("timm", "vgg16"): "vgg16.torchvision",
    ("timm", "vgg19"): "vgg19.torchvision",
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Shapes]]:
    """The shapes by name, by framework and network."""
    folder = tmp_path_factory.mktemp("names")
    return {name: real_names.read(name, folder / f"{name}.json") for name in PEERS}


@pytest.mark.slow
@pytest.mark.parametrize(("form", "network"), CASES)
def test_a_map_names_what_the_framework_s_network_has(
    form: str, network: str, real: dict[str, dict[str, Shapes]]
) -> None:
    found = FORMATS[form]
    spec = netspec.load(SPECS.get((form, network), f"{network}.{form}"))
    plan = tensors(spec.graph(), names_for(spec.documents, found), found)
    theirs = {n: tuple(s) for n, s in real[form][network].items() if not found.ignores(n)}
    assert {tensor.stored: tensor.stored_shape for tensor in plan} == theirs


@pytest.mark.slow
@pytest.mark.parametrize("network", PEERS["keras"])
def test_a_keras_file_holds_layers_in_the_model_s_order(
    network: str, real: dict[str, dict[str, Shapes]]
) -> None:
    """Its groups count the layers of a class, so that the order within each class matters.

    A map may name what only some of the units that it speaks of have: a projection.
    """
    form = FORMATS["keras"]
    spec = netspec.load(f"{network}.keras")
    names = names_for(spec.documents, form)
    layers = list(dict.fromkeys(name.rpartition("/")[0] for name in real["keras"][network]))
    for side in ("own", "norm"):
        ours = {getattr(module, side) for module in names.modules.values()} - {""}
        told = [name for name in dict.fromkeys(names.saved) if name in ours & {*layers}]
        assert told == [name for name in layers if name in ours]


def test_every_map_is_held_to_a_network() -> None:
    for path in bundled.names_folder().glob("*.yaml"):
        network, _, form = path.stem.rpartition(".")
        assert (form, network) in CASES
