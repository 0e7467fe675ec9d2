"""TensorFlow checkpoints, of both versions; values alone are read, never a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from netspec.backends.quiet import quiet_start
from netspec.weights.stored import Malformed, Stored

with quiet_start():
    import tensorflow as tf


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
        raise Malformed(f"TensorFlow can't read it: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    message = getattr(error, "message", None) or str(error)
    return message.splitlines()[0][:200] if message else type(error).__name__
