"""The store: bits survive, bytes repeat, and a malformed file is refused before it is read."""

from __future__ import annotations

import json
import os
import resource
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from netspec.diagnostics import Origin, Source, Span, SpecError
from netspec.ir.graph import Graph, Input, Node
from netspec.ir.shapes import Vector
from netspec.ops.conv import Dense
from netspec.weights import store
from netspec.weights.initial import parity_weights

ORIGIN = Origin(Span(Source("test.yaml", ""), 1, 1, 1, 1))
OP = Dense(filters=3, bias=True)
GRAPH = Graph(
    "One",
    (Input("x", Vector(5)),),
    (Node("Fc", OP, ("x",), Vector(3), "Fc", "", "Fc", ORIGIN),),
    (),
    ("Fc",),
)
F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.fixture
def weights() -> dict[str, NDArray[np.float32]]:
    found = parity_weights(GRAPH, 0)
    odd = np.array([0x7FC01234, 0x80000000, 0x00000001], np.uint32).view(np.float32)
    return found | {"Fc/bias": odd}  # a NaN with a payload, -0.0, the smallest number


def written(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    """A file made by hand; a header that is not bytes is written as JSON."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def refused(path: Path, code: str = "NS604") -> str:
    """The message of both ways to load."""
    with pytest.raises(SpecError) as caught:
        store.load_for(GRAPH, path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == code
    assert str(path) in str(diagnostic)
    return diagnostic.message


def test_what_is_saved_comes_back_to_the_bit(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    path = tmp_path / "w.safetensors"
    store.save(path, weights, "abc")
    for found, metadata in (store.load(path), store.load_for(GRAPH, path)):
        assert metadata == {"spec_hash": "abc"}
        assert found.keys() == weights.keys()
        for name, value in found.items():
            assert value.dtype == np.float32
            assert value.shape == weights[name].shape
            assert value.tobytes() == weights[name].tobytes()
            assert value.flags.writeable
            assert value.flags.aligned


def test_equal_weights_give_equal_bytes(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    store.save(one, weights, "abc")
    scattered = {name: np.asfortranarray(value) for name, value in reversed(weights.items())}
    store.save(other, scattered, "abc")
    assert one.read_bytes() == other.read_bytes()
    store.save(other, weights, "abd")
    assert one.read_bytes() != other.read_bytes()


def test_other_readers_read_it_and_it_reads_theirs(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    ours, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    store.save(ours, weights, "abc")
    for name, value in load_file(ours).items():
        assert value.tobytes() == weights[name].tobytes()
    mixed: dict[str, NDArray[Any]] = {
        "a": np.arange(3, dtype=np.int8),
        "b": np.array(2.5),
        "c": np.ones((2, 3), np.float16),
        "d": np.array([True, False]),
        **weights,
    }
    save_file(mixed, theirs, {"format": "pt", "by": "hand"})
    found, metadata = store.load(theirs)
    assert metadata == {"format": "pt", "by": "hand"}
    for name, value in mixed.items():
        assert found[name].dtype == value.dtype
        assert found[name].shape == value.shape
        assert found[name].tobytes() == value.tobytes()


def test_a_file_without_metadata_is_read(tmp_path: Path) -> None:
    found, metadata = store.load(written(tmp_path / "w", {"a": F32}, bytes(8)))
    assert metadata == {}
    assert found["a"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("header", "size", "reason"),
    [
        (b"{}", -1, "of another format, or cut short"),
        (b"{", 0, "its header is not JSON"),
        (b"\xff\xfe", 0, "its header is not JSON"),
        (b"[" * 100_000, 0, "its header is not JSON"),
        (b'{"a":' * 100_000, 0, "its header is not JSON"),
        (b"[]", 0, "its header is not a JSON object"),
        (b"3", 0, "its header is not a JSON object"),
        (b'{"a":' + b"9" * 5000 + b"}", 0, "its header is not JSON"),
        (b'{"a": 1, "a": 2}', 0, "the key `a` stands twice"),
        (b'{"a": {"dtype": "F32", "dtype": "F64"}}', 0, "the key `dtype` stands twice"),
        ({"__metadata__": {"a": 1}}, 0, "its metadata are not text by name"),
        ({"__metadata__": []}, 0, "its metadata are not text by name"),
        ({"a": None}, 0, "`a` has not exactly dtype, shape and data_offsets"),
        ({"a": {**F32, "x": 1}}, 8, "`a` has not exactly dtype, shape and data_offsets"),
        ({"a": {**F32, "dtype": 3}}, 8, "of the wrong kind"),
        ({"a": {**F32, "dtype": []}}, 8, "of the wrong kind"),
        ({"a": {**F32, "shape": 2}}, 8, "of the wrong kind"),
        ({"a": {**F32, "shape": [2.0]}}, 8, "of the wrong kind"),
        ({"a": {**F32, "shape": [True, 2]}}, 8, "of the wrong kind"),
        ({"a": {**F32, "shape": [1] * 100}}, 8, "of the wrong kind"),
        ({"a": {**F32, "data_offsets": [0]}}, 8, "of the wrong kind"),
        ({"a": {**F32, "data_offsets": [0, 8, 8]}}, 8, "of the wrong kind"),
        ({"a": {**F32, "shape": [-2]}}, 8, "a dimension outside 1 to 2^31 - 1"),
        ({"a": {**F32, "shape": [-2, -1]}}, 8, "a dimension outside 1 to 2^31 - 1"),
        ({"a": {**F32, "shape": [2**31]}}, 8, "a dimension outside 1 to 2^31 - 1"),
        ({"a": {**F32, "shape": [0, 2**50]}}, 8, "a dimension outside 1 to 2^31 - 1"),
        ({"a": {**F32, "shape": [3]}}, 8, "a shape that its data_offsets don't hold"),
        ({"a": {**F32, "shape": [2**30] * 4}}, 8, "a shape that its data_offsets don't hold"),
        ({"a": {**F32, "data_offsets": [8, 0]}}, 8, "a shape that its data_offsets don't hold"),
        ({"a": {**F32, "data_offsets": [-8, 0]}}, 8, "leave a gap or overlap others"),
        ({"a": {**F32, "data_offsets": [4, 12]}}, 12, "leave a gap or overlap others"),
        ({"a": F32, "b": F32}, 8, "leave a gap or overlap others"),
        ({"a": F32, "b": {**F32, "data_offsets": [4, 12]}}, 12, "leave a gap or overlap others"),
        ({"a": {**F32, "dtype": "BF16", "data_offsets": [0, -4]}}, 8, "leave a gap or overlap"),
        ({"a": F32}, 7, "its tensors take 8 bytes, and 7 are there"),
        ({"a": F32}, 9, "its tensors take 8 bytes, and 9 are there"),
        ({}, 4, "its tensors take 0 bytes, and 4 are there"),
    ],
)
def test_malformed_headers(tmp_path: Path, header: object, size: int, reason: str) -> None:
    path = tmp_path / "w.safetensors"
    data, length = (b"", 10**9) if size < 0 else (bytes(size), None)
    message = refused(written(path, header, data, length))
    assert message.startswith(f"{path} is not a whole safetensors file: ")
    assert reason in message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "of another format, or cut short"),
        (b"1234567", "of another format, or cut short"),
        (b"netspec: 1\nname: not weights\n", "of another format, or cut short"),
        (b"PK\x03\x04" + bytes(100), "a zip archive"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file"),
        (b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01u.", "a pickle"),
        (b"\xff" * 100, "of another format, or cut short"),
    ],
)
def test_files_of_other_formats(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    assert reason in refused(path)


def test_every_truncation_is_refused(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    whole = store.encoded(weights, "abc")
    path = tmp_path / "w.safetensors"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        refused(path)


def test_every_flipped_bit_of_the_header_is_refused_or_harmless(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    whole = store.encoded(weights, "abc")
    path = tmp_path / "w.safetensors"
    for place in range(len(whole) - 4 * 18):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 7
        path.write_bytes(changed)
        with suppress(SpecError):
            found, _ = store.load_for(GRAPH, path)
            assert all(found[n].tobytes() == weights[n].tobytes() for n in weights)


def test_a_huge_header_is_refused_by_its_length(tmp_path: Path) -> None:
    path = written(tmp_path / "w", b"{}", length=1 << 30)
    os.truncate(path, 1 << 31)
    assert "its header of 1,073,741,824 bytes is over the limit" in refused(path)


def test_a_huge_tensor_is_refused_by_its_shape_before_it_is_read(tmp_path: Path) -> None:
    size = 1 << 36
    entry = {"dtype": "F32", "shape": [size // 4 // 1024, 1024], "data_offsets": [0, size]}
    path = written(tmp_path / "w", {"Fc/kernel": entry})
    os.truncate(path, path.stat().st_size + size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = refused(path, "NS605")
    assert "missing: Fc/bias [3]" in message
    assert "Fc/kernel is [16777216, 1024], the spec has [5, 3]" in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "Q4"])
def test_types_that_numpy_lacks(tmp_path: Path, dtype: str) -> None:
    entry = {"dtype": dtype, "shape": [3], "data_offsets": [0, 6]}
    path = written(tmp_path / "w", {"Fc/bias": entry}, bytes(6))
    assert f"of another type: Fc/bias is {dtype}" in refused(path, "NS605")
    with pytest.raises(SpecError, match=f"`Fc/bias` is `{dtype}`"):
        store.load(path)


def test_a_file_of_another_network_names_all_differences(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    store.save(path, {"../../etc/passwd": np.zeros(2), "Fc/bias": np.zeros(4)}, "abc")
    message = refused(path, "NS605")
    assert "missing: Fc/kernel [5, 3]" in message
    assert "not in the spec: ../../etc/passwd" in message
    assert "Fc/bias is [4], the spec has [3]" in message


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "it is a directory, not a file"),
        (os.mkfifo, "it is a pipe, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device, not a file"),
        (lambda path: path.symlink_to(path.name), "its symbolic links form a loop"),
    ],
)
def test_paths_that_are_no_file(tmp_path: Path, make: Any, reason: str) -> None:
    path = tmp_path / "w.safetensors"
    make(path)
    assert reason in refused(path)


def test_names_that_no_file_has(tmp_path: Path) -> None:
    for name in ("a\0b", "\ud800", ""):
        with pytest.raises(SpecError, match="NS604"):
            store.load(name)


def test_a_link_to_a_file_is_followed(
    tmp_path: Path, weights: dict[str, NDArray[np.float32]]
) -> None:
    store.save(tmp_path / "w.safetensors", weights, "abc")
    (tmp_path / "link").symlink_to("w.safetensors")
    assert store.load(tmp_path / "link")[1] == {"spec_hash": "abc"}
