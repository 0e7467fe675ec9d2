"""torchvision's own networks: their weights come with their numbers, and go back bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from weights.ports import (
    LARGE,
    TINY,
    Port,
    Record,
    assert_export_is_the_import_bit_for_bit,
    assert_import_gives_the_peer_s_numbers,
)

FILES = ("saved.pth", "older.pth", "saved.safetensors")
EXPORTED = "exported.pth"
PORTS = (
    Port("torchvision", "inception_v3", "inception_v3.torchvision", FILES, EXPORTED, LARGE),
    Port("torchvision", "inception_v1", "inception_v1.torchvision", FILES[:1], EXPORTED),
    Port("torchvision", "resnet50", "resnet50.torchvision", FILES[:1], EXPORTED),
    Port("torchvision", "alexnet", "alexnet.torchvision", FILES[:1], EXPORTED),
    Port("torchvision", "vgg16", "vgg16.torchvision", FILES[:1], EXPORTED),
)
EXPORTS = (
    PORTS[0],
    *(replace(port, job=TINY) for port in PORTS if port.network == "resnet50"),
)


@pytest.mark.slow
@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.network)
def test_imported_weights_give_the_peer_s_numbers(
    port: Port, tmp_path: Path, record: Record
) -> None:
    assert_import_gives_the_peer_s_numbers(port, tmp_path, record)


@pytest.mark.slow
@pytest.mark.parametrize("port", EXPORTS, ids=lambda port: port.network)
def test_exported_weights_are_what_was_imported(port: Port, tmp_path: Path) -> None:
    assert_export_is_the_import_bit_for_bit(port, tmp_path)
