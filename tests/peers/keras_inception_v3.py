"""keras.applications' Inception V3 (Keras 3.15.1 on TensorFlow), which has no auxiliary head.

By hand: python tests/peers/keras_inception_v3.py OUT.npz --height 299 --width 299
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import inception_v3_names, seeded
from peers.inception_v3_names import LOGITS, TRUNK
from peers.peer import Array, Job, Peer, main, run

ENDPOINTS = {
    "Mixed_5b": "mixed0",
    "Mixed_6e": "mixed7",
    "Mixed_7c": "mixed10",
    "Logits": "predictions",
}


def load(directory: Path, job: Job | None = None) -> Peer:
    """Build and run the network in a process of its own, with `directory` for its file.

    Raises RuntimeError when it fails, as it does for images below 75x75.
    """
    return run(Path(__file__), directory / "keras_inception_v3.npz", job or Job())


def build(job: Job) -> Peer:
    """Run keras.applications.InceptionV3 on seeded weights and images."""
    import keras

    keras.backend.clear_session()
    model = keras.applications.InceptionV3(
        weights=None,
        classifier_activation=None,
        classes=job.classes,
        input_shape=(job.height, job.width, 3),
    )
    weights = _place(model, job.seed)
    images = seeded.images(job)
    outputs = {name: model.get_layer(layer).output for name, layer in ENDPOINTS.items()}
    found = keras.Model(model.input, outputs)(images, training=False)
    endpoints = {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}
    return Peer("keras.applications", weights, endpoints, images)


def _place(model: Any, seed: int) -> dict[str, Array]:
    """Give every variable its seeded value; return the values by netspec's names."""
    variables = _trunk(model)
    dense = model.get_layer("predictions")
    variables |= {f"{LOGITS}/kernel": dense.kernel, f"{LOGITS}/bias": dense.bias}
    if {id(v) for v in variables.values()} != {id(v) for v in model.variables}:
        raise ValueError("some Keras variables have no netspec name, or two")
    weights = {}
    for name, variable in variables.items():
        shape = tuple(variable.shape)
        # netspec's Logits is a 1x1 conv on a 1x1 map, Keras's a dense layer: the same numbers.
        netspec_shape = (1, 1, *shape) if variable is dense.kernel else shape
        weights[name] = seeded.weight(name, netspec_shape, seed)
        variable.assign(weights[name].reshape(shape))
    inception_v3_names.check_without_aux(weights)
    return weights


def _trunk(model: Any) -> dict[str, Any]:
    """Pair the convs and norms with TRUNK's paths, in order of creation.

    Keras numbers layers as they are created (conv2d, conv2d_1, …); `model.layers` is in order
    of depth, which is another.
    """
    convs = _created(model, "conv2d")
    norms = _created(model, "batch_normalization")
    variables: dict[str, Any] = {}
    for path, conv, norm in zip(TRUNK, convs, norms, strict=True):
        if norm.input is not conv.output:
            raise ValueError(f"{path}: {norm.name} does not follow {conv.name}")
        variables[f"{path}/kernel"] = conv.kernel
        variables[f"{path}/norm/beta"] = norm.beta
        variables[f"{path}/norm/moving_mean"] = norm.moving_mean
        variables[f"{path}/norm/moving_variance"] = norm.moving_variance
    return variables


def _created(model: Any, kind: str) -> list[Any]:
    """Return the layers that Keras named `kind`, `kind_1`, … in that order."""
    by_name = {layer.name: layer for layer in model.layers}
    count = sum(name == kind or name.startswith(f"{kind}_") for name in by_name)
    return [by_name[f"{kind}_{n}" if n else kind] for n in range(count)]


if __name__ == "__main__":
    main(build, {"KERAS_BACKEND": "tensorflow"})
