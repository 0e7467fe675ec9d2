"""The list of bundled specs: what it says of each, in which order, and at what cost."""

from __future__ import annotations

import pytest

from netspec import bundled, catalogue
from netspec.catalogue import Entry
from netspec.loading import load
from netspec.spec import Spec

SOME = ("alexnet", "alexnet.slim", "alexnet.torchvision", "nin", "nin_cifar10")


def some(*names: str) -> tuple[Entry, ...]:
    return tuple(entry for name in names or SOME for entry in catalogue.entries(name))


def test_figures_are_those_of_the_packages() -> None:
    """Caffe's bvlc_alexnet by arithmetic; torchvision's alexnet as torchvision publishes it."""
    found = {entry.name: entry for entry in some()}
    assert found["alexnet"].cost.trainable == 60_965_224
    assert found["alexnet"].cost.macs == 724_406_816
    assert found["alexnet"].input.dims == [227, 227, 3]
    assert found["alexnet"].about.year == 2012
    assert found["alexnet.torchvision"].cost.trainable == 61_100_840


def test_a_network_stands_before_its_dialects_and_before_longer_names() -> None:
    found = tuple(entry.name for entry in catalogue.entries("[an][li]*"))
    assert found == SOME
    names = list(bundled.specs())
    assert names.index("resnet50") < names.index("resnet50.slim") < names.index("resnet50_v2")
    for name in names:
        if base := bundled.base_of(name):
            between = names[names.index(base) : names.index(name)]
            assert all(each.startswith(base) for each in between)


@pytest.mark.parametrize("name", [name for name in bundled.specs() if bundled.base_of(name)])
def test_a_dialect_extends_its_base_or_a_dialect_of_another_network(name: str) -> None:
    plain = bundled.read(name).root.plain
    assert isinstance(plain, dict)
    base, _, by = name.partition(".")
    extended = str(plain["extends"])
    assert base in bundled.specs()
    assert bundled.base_of(extended) == base or extended == base or extended.endswith(f".{by}")


def test_dialects_are_indented_beneath_their_base_alone() -> None:
    lines = catalogue.table(some()).splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(SOME)
    assert lines[2].startswith("  alexnet.slim ")
    alone = catalogue.table(some("alexnet.slim", "nin")).splitlines()
    assert alone[1].startswith("alexnet.slim ")
    assert len({len(line) for line in lines}) == 1


def test_only_what_is_wanted_is_read() -> None:
    asked: list[str] = []

    def read(name: str) -> Spec:
        asked.append(name)
        return load(name)

    assert [entry.name for entry in catalogue.entries("nin", read)] == ["nin"]
    assert asked == ["nin"]


def test_as_json() -> None:
    (entry,) = some("alexnet.torchvision")
    found = entry.to_json()
    assert found["dialect_of"] == "alexnet"
    assert (found["params"], found["statistics"]) == (61_100_840, 0)
    assert found["input"] == [224, 224, 3]
    assert "torchvision" in found["source"]
    assert some("nin")[0].to_json()["dialect_of"] is None
