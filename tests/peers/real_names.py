"""The names and shapes of other authors' own networks' weights, as their code gives them.

By hand: python tests/peers/real_names.py torchvision OUT.json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import keras_saved, slim_saved, timm_saved, torchvision_saved
from peers.peer import ENVIRONMENT

Shapes = dict[str, list[int]]


def read(framework: str, out: Path) -> dict[str, Shapes]:
    """The shapes by name of each network, asked in a process of its own."""
    command = [sys.executable, __file__, framework, str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Shapes] = json.loads(out.read_text())
    return found


def slim(network: str) -> Shapes:
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default():
        slim_saved.network(network, tf.zeros((1, *SIZES.get(network, (224, 224)), 3)), 1000)
        return {v.op.name: v.shape.as_list() for v in tf.global_variables()}


def keras(network: str) -> Shapes:
    """Weights by LAYER/NUMBER, layers numbered as in a new process."""
    import keras

    keras.backend.clear_session()
    model = getattr(keras.applications, keras_saved.NETWORKS[network][0])(weights=None)
    return {
        f"{layer.name}/{number}": list(weight.shape)
        for layer in model.layers
        for number, weight in enumerate(layer.weights)
    }


def torchvision(network: str) -> Shapes:
    return _of_torch(torchvision_saved.model, network)


def timm(network: str) -> Shapes:
    return _of_torch(timm_saved.model, network)


def _of_torch(model: Callable[[str, int], Any], network: str) -> Shapes:
    import torch

    with torch.device("meta"):
        state = model(network, 1000).state_dict()
    return {name: list(value.shape) for name, value in state.items()}


SIZES = dict.fromkeys(("inception_v3", "inception_v4", "inception_resnet_v2"), (299, 299))
FRAMEWORKS: Mapping[str, tuple[Callable[[str], Shapes], Mapping[str, Any], Mapping[str, str]]] = {
    "slim": (slim, slim_saved.NETWORKS, {"TF_USE_LEGACY_KERAS": "1"}),
    "keras": (keras, keras_saved.NETWORKS, {"KERAS_BACKEND": "tensorflow"}),
    "torchvision": (torchvision, torchvision_saved.NETWORKS, {}),
    "timm": (timm, timm_saved.NETWORKS, {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("framework", choices=FRAMEWORKS)
    parser.add_argument("out", type=Path)
    told = parser.parse_args()
    shapes, networks, environment = FRAMEWORKS[told.framework]
    os.environ.update({**ENVIRONMENT, **environment})
    told.out.write_text(json.dumps({network: shapes(network) for network in networks}))


if __name__ == "__main__":
    main()
