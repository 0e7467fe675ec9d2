"""Opens an ONNX file that nobody vouches for: what it declares is judged before it is used.

Weights in other files are read where that is asked for, from the same folder, without following a
link, and only as many bytes as the tensor's shape needs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path

from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, TensorProto, defs, helper, numpy_helper

from netspec.backends.onnx.reading.values import Array
from netspec.limits import DEFAULT
from netspec.reading.files import FLAGS, printable_name
from netspec.weights.stored import Malformed

OLDEST = 7
"""The opset from which on operators of inference mean what they mean today."""
NODES = 200_000
RANK = 32
DOMAINS = ("", "ai.onnx")


def opened(path: Path, *, beside: bool) -> ModelProto:
    """The model, its structure sound and its weights in memory. Raises `Malformed`."""
    model = ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError:
        raise Malformed("it is cut short, or no ONNX file") from None
    _require_sound(model)
    for tensor in _tensors(model.graph):
        _require_whole(tensor)
        if tensor.data_location == TensorProto.EXTERNAL:
            if not beside:
                raise Malformed(
                    "its weights are in another file; --beside reads them from the same folder"
                )
            _fetch(tensor, path.parent)
    return model


def opset_of(model: ModelProto) -> int:
    """The version of ONNX's own operators that the model is written in. Raises `Malformed`."""
    versions = [opset.version for opset in model.opset_import if opset.domain in DOMAINS]
    newest: int = defs.onnx_opset_version()
    if len(versions) != 1 or not OLDEST <= versions[0] <= newest:
        told = ", ".join(map(str, versions)) or "none"
        raise Malformed(f"its opset is {told}; those from {OLDEST} to {newest} are read")
    version: int = versions[0]
    return version


def _require_sound(model: ModelProto) -> None:
    graph = model.graph
    _require_text(graph)
    opset_of(model)
    if len(graph.node) > NODES:
        raise Malformed(f"it has {len(graph.node):,} nodes, more than {NODES:,}")
    if graph.sparse_initializer:
        raise Malformed("it has sparse tensors")
    stored = [tensor.name for tensor in graph.initializer]
    given = [value.name for value in graph.input]
    images = [name for name in given if name not in set(stored)]
    if len(images) != 1:
        raise Malformed(f"it has {len(images)} inputs; one image is expected")
    if not graph.output:
        raise Malformed("it has no output")
    for names in (stored, given):
        _require_distinct(names)
    made = [name for node in graph.node for name in node.output if name]
    _require_distinct([*dict.fromkeys([*stored, *given]), *made])


def _require_text(graph: GraphProto) -> None:
    """Names are text; what is none comes as bytes."""
    for node in graph.node:
        own = (node.name, node.op_type, node.domain)
        attributes = (attribute.name for attribute in node.attribute)
        _require_all_text((*own, *node.input, *node.output, *attributes))
    values = (*graph.initializer, *graph.input, *graph.output)
    _require_all_text((graph.name, *(value.name for value in values)))


def _require_all_text(names: Iterable[object]) -> None:
    if not all(isinstance(name, str) for name in names):
        raise Malformed("a name in it is no text")


def _require_distinct(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Malformed(f"two tensors are called `{_short(name)}`")
        seen.add(name)


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """The tensors of the file, those of constants among them."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _require_whole(tensor: TensorProto) -> None:
    """A type and a shape that numpy has, and raw data that are what the shape needs."""
    name = _short(tensor.name)
    if tensor.data_type not in helper.get_all_tensor_dtypes() or tensor.data_type == 0:
        raise Malformed(f"`{name}` is of a type that ONNX has not")
    if len(tensor.dims) > RANK or not all(0 <= d <= DEFAULT.dimension for d in tensor.dims):
        raise Malformed(f"`{name}` has a dimension outside 0 to 2^31 - 1, or too many")
    if tensor.HasField("raw_data") and len(tensor.raw_data) != _bytes(tensor):
        raise Malformed(f"`{name}` has {len(tensor.raw_data):,} bytes for {list(tensor.dims)}")


def _bytes(tensor: TensorProto) -> int:
    """The bytes that a tensor of this type and shape takes; two of 4 bits share one."""
    width: int = helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    count: int = prod(tensor.dims)
    halves = tensor.data_type in (TensorProto.INT4, TensorProto.UINT4, TensorProto.FLOAT4E2M1)
    return -(-count // 2) if halves else count * width


def _fetch(tensor: TensorProto, folder: Path) -> None:
    """Read a tensor's bytes from a file beside the model. Raises `Malformed`."""
    name = _short(tensor.name)
    told = {entry.key: entry.value for entry in tensor.external_data}
    location, size = told.get("location", ""), _bytes(tensor)
    if not _is_plain(location):
        raise Malformed(f"the data of `{name}` lie at `{_short(location)}`, not beside the file")
    try:
        offset, length = int(told.get("offset", 0)), int(told.get("length", size))
    except ValueError:
        raise Malformed(f"the data of `{name}` have a place that is no number") from None
    if offset < 0 or length != size:
        raise Malformed(f"`{name}` has {length:,} bytes for {list(tensor.dims)}")
    data = _read_from(folder / location, offset, size, name)
    tensor.ClearField("external_data")
    tensor.data_location = TensorProto.DEFAULT
    tensor.raw_data = data


def _is_plain(location: str) -> bool:
    """Whether a location is the name of a file in the same folder."""
    return bool(location) and "\0" not in location and Path(location).name == location != ".."


def _read_from(path: Path, offset: int, size: int, name: str) -> bytes:
    try:
        descriptor = os.open(path, FLAGS | os.O_NOFOLLOW)
    except OSError as error:
        raise Malformed(f"the data of `{name}` can't be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or offset + size > status.st_size:
            raise Malformed(f"the data of `{name}` go past the end of their file")
        file.seek(offset)
        return file.read(size)


def array_of(tensor: TensorProto) -> Array:
    """A tensor's numbers. Raises `Malformed`."""
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError) as error:
        raise Malformed(f"`{_short(tensor.name)}` is malformed ({type(error).__name__})") from None


def _short(name: str) -> str:
    return printable_name(name)[:80]
