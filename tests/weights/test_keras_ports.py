"""Keras's own networks: their weights come with their numbers, and go back bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from weights.ports import (
    LARGE,
    SMALL,
    SMALLEST,
    TINY,
    Port,
    Record,
    assert_export_is_the_import_bit_for_bit,
    assert_import_gives_the_peer_s_numbers,
)

FILES = ("saved.weights.h5", "saved.keras", "saved.h5")
EXPORTED = "exported.weights.h5"
PORTS = (
    Port("keras", "inception_v3", "inception_v3.keras", FILES, EXPORTED, LARGE),
    Port("keras", "inception_resnet_v2", "inception_resnet_v2.keras", FILES, EXPORTED, SMALLEST),
    Port("keras", "resnet50", "resnet50.keras", FILES[:1], EXPORTED),
    Port("keras", "resnet50_v2", "resnet50_v2.keras", FILES[:1], EXPORTED),
    Port("keras", "vgg16", "vgg16.keras", FILES[:1], EXPORTED, TINY),
)
EXPORTS = (
    replace(PORTS[0], job=SMALL),
    PORTS[1],
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
