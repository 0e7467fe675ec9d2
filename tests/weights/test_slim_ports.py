"""TF-slim's own networks: their weights come with their numbers, and go back bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from weights.ports import (
    LARGE,
    SMALL,
    TINY,
    Port,
    Record,
    assert_export_is_the_import_bit_for_bit,
    assert_import_gives_the_peer_s_numbers,
)

FILES = ("v2.ckpt", "v1.ckpt")
EXPORTED = "exported.ckpt"
PORTS = (
    Port("slim", "inception_v3", "inception_v3", FILES, EXPORTED, LARGE),
    Port("slim", "inception_v1", "inception_v1.slim", FILES[:1], EXPORTED),
    Port("slim", "inception_v2", "inception_v2", FILES[:1], EXPORTED),
    Port("slim", "resnet50", "resnet50.slim", FILES[:1], EXPORTED),
    Port("slim", "resnet50_v2", "resnet50_v2.slim", FILES[:1], EXPORTED),
    Port("slim", "alexnet", "alexnet.slim", FILES[:1], EXPORTED),
    Port("slim", "vgg16", "vgg16.slim", FILES[:1], EXPORTED),
    *(
        Port("slim", name, name, FILES[:1], EXPORTED, SMALL, restated=True)
        for name in ("inception_v4", "inception_resnet_v2")
    ),
)
# The auxiliary head of so small an Inception V3 has a kernel of 1x1, which its name tells.
EXPORTS = (
    replace(PORTS[0], job=SMALL),
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
