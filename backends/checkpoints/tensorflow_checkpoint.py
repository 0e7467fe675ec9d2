"""TensorFlow checkpoints, of both versions; values alone are read, never a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from netspec.backends.quiet import quiet_start
from netspec.weights.stored import Array, Malformed, Stored
from netspec.writing import scratch, write_bytes

with quiet_start():
    import tensorflow as tf

_OP = re.compile(r"\{\{.*?\}\} *| *\[Op:\w+\]")


@contextmanager
def opened(path: Path) -> Iterator[Mapping[str, Stored]]:
    """The variables of a checkpoint: a file of version 1, or the prefix of version 2's files."""
    try:
        reader = tf.train.load_checkpoint(str(path))
        types, shapes = reader.get_variable_to_dtype_map(), reader.get_variable_to_shape_map()
        yield {
            name: Stored(types[name].name, tuple(shape), partial(reader.get_tensor, name))
            for name, shape in sorted(shapes.items())
        }
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise Malformed(f"TensorFlow can't read it: {_first_line(error, path)}") from None


def _first_line(error: Exception, path: Path) -> str:
    """What TensorFlow says, without its op and the temporary place, which no user knows."""
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return _OP.sub("", message.splitlines()[0]).replace(f"{path.parent}/", "")[:200]


def write(out: Path, arrays: Mapping[str, Array], _: Sequence[str]) -> tuple[Path, ...]:
    """The two files of a checkpoint of version 2, `out` being their prefix.

    The index comes last: until it is there, what stood at the prefix is what is read.
    """
    with scratch(out) as folder:
        prefix = f"{folder}/weights"
        _save(prefix, arrays)
        written = []
        for suffix in (".data-00000-of-00001", ".index"):
            target = out.with_name(f"{out.name}{suffix}")
            write_bytes(target, Path(f"{prefix}{suffix}").read_bytes())
            written.append(target)
    return tuple(written)


def _save(prefix: str, arrays: Mapping[str, Array]) -> None:
    """Write the files of a checkpoint; raises `OSError` where they find no room."""
    try:
        tf.raw_ops.SaveV2(
            prefix=prefix,
            tensor_names=list(arrays),
            shape_and_slices=[""] * len(arrays),
            tensors=[tf.constant(array) for array in arrays.values()],
        )
    except tf.errors.OpError as error:
        raise OSError(0, _first_line(error, Path(prefix))) from None
