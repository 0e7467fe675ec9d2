"""The peers, each built and run once a session, at 299x299."""

from __future__ import annotations

import pytest

from peers import keras_inception_v3, slim_inception_v3
from peers.peer import Peer


@pytest.fixture(scope="session")
def slim_peer(tmp_path_factory: pytest.TempPathFactory) -> Peer:
    """TF-slim's Inception V3, with the auxiliary head."""
    return slim_inception_v3.load(tmp_path_factory.mktemp("slim"))


@pytest.fixture(scope="session")
def keras_peer(tmp_path_factory: pytest.TempPathFactory) -> Peer:
    """keras.applications' Inception V3."""
    return keras_inception_v3.load(tmp_path_factory.mktemp("keras"))
