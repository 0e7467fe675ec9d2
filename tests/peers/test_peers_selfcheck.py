"""The peers' name maps hold without netspec: two authors' networks agree on the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from peers.inception_v3_names import TRUNK
from peers.peer import Peer


def test_the_table_names_94_convs() -> None:
    """Keras's own layers run from conv2d to conv2d_93."""
    assert len(TRUNK) == len(set(TRUNK)) == 94


@pytest.mark.slow
def test_slim_and_keras_agree(slim_peer: Peer, keras_peer: Peer) -> None:
    """A map with two convs of one shape swapped, in either peer, would part their endpoints."""
    np.testing.assert_array_equal(slim_peer.images, keras_peer.images)
    for name, value in keras_peer.weights.items():
        np.testing.assert_array_equal(slim_peer.weights[name], value, err_msg=name)
    for name, value in keras_peer.endpoints.items():
        found = slim_peer.endpoints[name]
        assert found.shape == value.shape
        assert np.abs(found - value).max() <= 5e-6 * np.abs(value).max(), name
