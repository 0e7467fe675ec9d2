"""Models with their values: one proto; past protobuf's 2 GB an .onnx and a file of large tensors.

Files appear whole or not at all. The tensors' file carries its content's hash in its name and takes
its place first, so that an .onnx, old or new, stands beside the very data it was written with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import ModelProto, TensorProto, numpy_helper

from netspec.backends.onnx.emitting import Emission
from netspec.backends.onnx.layout import Array
from netspec.backends.onnx.tensors import value_info
from netspec.writing import replacing, write_bytes

PROTO_LIMIT = 2**31 - 2**24
"""Bytes of initializers that one proto takes: 2 GiB less room for the graph itself."""
LARGE = 1024
"""Bytes from which a tensor goes into the file beside a model that is too large."""
ALIGNMENT = 4096
"""Large tensors start at multiples of it, so that a runtime can map them."""


def is_too_large(emission: Emission) -> bool:
    """Whether the model and its values can't be one proto."""
    return sum(value.nbytes for value in emission.initializers.values()) > PROTO_LIMIT


def whole(emission: Emission) -> ModelProto:
    """The model with all its values."""
    model = _copy(emission.proto)
    for name, value in emission.initializers.items():
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    return model


def checked(model: ModelProto) -> ModelProto:
    """The model itself; raises onnx's complaint about one that it does not accept."""
    onnx.checker.check_model(model, full_check=True)
    return model


def serialize(model: ModelProto) -> bytes:
    """The model's bytes, the same for the same model in every process."""
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def store(emission: Emission, out: Path) -> tuple[Path, ...]:
    """Write a model to `out` once it is checked; gives the files written, the .onnx first."""
    if not is_too_large(emission):
        write_bytes(out, serialize(checked(whole(emission))))
        return (out,)
    checked(_without_values(emission))
    beside = out.with_name(f"{out.name}.{_digest(emission)}.data")
    with replacing(out) as file:
        file.write(serialize(_referring_to(emission, beside.name)))
        with replacing(beside) as data:  # takes its place before the .onnx does
            data.writelines(_large_values(emission))
    return (out, beside)


def _padding(end: int) -> int:
    return -end % ALIGNMENT


def _large_values(emission: Emission) -> Iterator[bytes | memoryview]:
    end = 0
    for value in emission.initializers.values():
        if value.nbytes >= LARGE:
            yield bytes(_padding(end))
            yield _little_endian(value)
            end += _padding(end) + value.nbytes


def _little_endian(value: Array) -> memoryview:
    ordered = value.astype(value.dtype.newbyteorder("<"), order="C", copy=False)
    return ordered.reshape(-1).view("u1").data


def _digest(emission: Emission) -> str:
    digest = hashlib.sha256()
    for chunk in _large_values(emission):
        digest.update(chunk)
    return digest.hexdigest()[:16]


def _referring_to(emission: Emission, location: str) -> ModelProto:
    """The model, each of its large values replaced by its place in the file beside it."""
    model = _with_small_values(emission)
    end = 0
    for name, value in emission.initializers.items():
        if value.nbytes < LARGE:
            continue
        start = end + _padding(end)
        end = start + value.nbytes
        tensor = model.graph.initializer.add(name=name, dims=value.shape)
        tensor.data_type = TensorProto.FLOAT
        tensor.data_location = TensorProto.EXTERNAL
        for key, entry in (("location", location), ("offset", start), ("length", value.nbytes)):
            tensor.external_data.add(key=key, value=str(entry))
    return model


def _without_values(emission: Emission) -> ModelProto:
    """The same graph, its large initializers as inputs: what the checker can read at any size."""
    model = _with_small_values(emission)
    for name, value in emission.initializers.items():
        if value.nbytes >= LARGE:
            model.graph.input.append(value_info(name, value.shape))
    return model


def _with_small_values(emission: Emission) -> ModelProto:
    model = _copy(emission.proto)
    for name, value in emission.initializers.items():
        if value.nbytes < LARGE:
            model.graph.initializer.append(numpy_helper.from_array(value, name))
    return model


def _copy(proto: ModelProto) -> ModelProto:
    model = ModelProto()
    model.CopyFrom(proto)
    return model
