"""Keras's weights in HDF5: `.weights.h5`, and the older `.h5`, in which a whole model may be.

A tensor is called LAYER/NUMBER: the layer's own name, and the place of the weight among the
layer's. Of `.weights.h5` the groups' names count layers in an order of their own: the layer's name
is the attribute of its `vars`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py

from netspec.backends.checkpoints import hdf5
from netspec.weights.formats import FORMATS
from netspec.weights.stored import Array, Malformed, Stored
from netspec.writing import write_bytes

LAYERS, VARS, NAME = "layers", "vars", "name"
OLD_MODEL, OLD_LAYERS, OLD_WEIGHTS = "model_weights", "layer_names", "weight_names"
CLASSES = {1: "batch_normalization", 2: "dense", 4: "conv2d"}
"""What Keras calls a layer's class in a file, by the axes of the layer's first weight."""
ROLES = FORMATS["keras"].numbered


@contextmanager
def opened(source: Any) -> Iterator[Mapping[str, Stored]]:
    """The weights of a Keras model, by layer and number, from a path or an open file."""
    with hdf5.opened_file(source) as file:
        yield _of_file(file)


def _of_file(file: h5py.File) -> dict[str, Stored]:
    walker = hdf5.Walker()
    top = dict(walker.children(file))
    root = top.get(OLD_MODEL, file)
    if isinstance(root, h5py.Group) and hdf5.texts(root, OLD_LAYERS):
        members = top if root is file else dict(walker.children(root, 1))
        found = _older(root, members, walker)
    elif isinstance(top.get(LAYERS), h5py.Group):
        found = [pair for name, each in top.items() for pair in _newer(each, name, walker, 1)]
    else:
        raise Malformed("it is HDF5, and not as Keras writes weights")
    if len(dict(found)) < len(found):
        raise Malformed("two of its tensors have one name")
    return dict(found)


def _newer(item: Any, path: str, walker: hdf5.Walker, depth: int) -> list[tuple[str, Stored]]:
    """The tensors below a group of `.weights.h5`."""
    if isinstance(item, h5py.Dataset):
        return [(path, hdf5.stored(item))]
    found = []
    for name, child in walker.children(item, depth):
        if name == VARS and isinstance(child, h5py.Group) and path.startswith(LAYERS):
            layer = hdf5.text(child, NAME) or path
            found += _newer(child, layer, walker, depth + 1)
        else:
            found += _newer(child, f"{path}/{name}", walker, depth + 1)
    return found


def _older(
    root: h5py.Group, members: Mapping[str, Any], walker: hdf5.Walker
) -> list[tuple[str, Stored]]:
    """The tensors of the layers that the root's attribute lists."""
    found = []
    for layer in hdf5.texts(root, OLD_LAYERS):
        group = members.get(layer)
        if not isinstance(group, h5py.Group):
            raise Malformed("it lists a layer that it does not hold")
        datasets = dict(_leaves(group, "", walker, 2))
        names = hdf5.texts(group, OLD_WEIGHTS)
        if set(names) - set(datasets):
            raise Malformed("it lists a weight that it does not hold")
        for name, number in zip(names, _numbers(names), strict=True):
            found.append((f"{layer}/{number}", hdf5.stored(datasets[name])))
    return found


def _leaves(item: Any, path: str, walker: hdf5.Walker, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(item, h5py.Dataset):
        yield path, item
        return
    for name, child in walker.children(item, depth):
        yield from _leaves(child, f"{path}/{name}" if path else name, walker, depth + 1)


def _numbers(names: Sequence[str]) -> list[str]:
    """The place of each weight among its layer's: `conv2d_7/kernel:0` is the first of a conv's."""
    roles = [re.sub(r":[0-9]+$", "", name).rpartition("/")[2] for name in names]
    if set(roles) <= set(ROLES) and len(set(roles)) == len(roles):
        order = sorted(roles, key=ROLES.index)
        return [str(order.index(role)) for role in roles]
    return roles


def write(out: Path, arrays: Mapping[str, Array], saved: Sequence[str]) -> tuple[Path, ...]:
    """A `.weights.h5` that Keras's `load_weights` takes, whole or not at all.

    Its groups count the layers of a class in the order in which the model holds them: that of
    `saved`, then as they come.
    """
    layers: dict[str, list[Array]] = {}
    for name, array in arrays.items():
        layers.setdefault(name.rpartition("/")[0], []).append(array)
    rank = {layer: number for number, layer in enumerate(saved)}
    order = sorted(layers, key=lambda layer: rank.get(layer, len(rank)))
    counts: Counter[str] = Counter()
    held = BytesIO()
    with h5py.File(held, "w") as file:
        for layer in order:
            kind = CLASSES[layers[layer][0].ndim]
            group = f"{kind}_{counts[kind]}" if counts[kind] else kind
            counts[kind] += 1
            own = file.create_group(f"{LAYERS}/{group}/{VARS}")
            own.attrs[NAME] = layer
            for number, array in enumerate(layers[layer]):
                own[str(number)] = array
    write_bytes(out, held.getvalue())
    return (out,)
