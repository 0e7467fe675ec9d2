"""netspec's Inception V3 computes what TF-slim's and Keras's own compute, in every backend."""

from __future__ import annotations

import numpy as np
import pytest

import netspec
from peers.peer import Peer
from peers.running import RUNNERS

ENDPOINTS = ("Mixed_5b", "Mixed_6e", "Mixed_7c", "Logits", "AuxLogits")
TOLERANCE = 5e-6


@pytest.fixture(scope="session", params=["slim_peer", "keras_peer"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """Return each peer in turn."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Peer)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("target", RUNNERS)
def test_endpoints_equal_the_peers(peer: Peer, target: str) -> None:
    """The error, max|found - peer's| / max|peer's|, stays within float32's at every endpoint."""
    endpoints = [name for name in ENDPOINTS if name in peer.endpoints]
    _, height, width, _ = peer.images.shape
    spec = netspec.load(
        "inception_v3", set={"aux": "AuxLogits" in peer.endpoints}, input=(height, width)
    )
    found = RUNNERS[target](spec, peer, endpoints)
    for name in endpoints:
        expected = peer.endpoints[name]
        assert found[name].shape == expected.shape, name
        error = np.abs(found[name] - expected).max() / np.abs(expected).max()
        assert error <= TOLERANCE, f"{name}: {error:.1e}"
