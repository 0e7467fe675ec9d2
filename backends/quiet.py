"""TensorFlow's C++ writes notes on GPUs to standard error before it reads any log level."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STANDARD_ERROR = 2


@contextmanager
def quiet_start() -> Iterator[None]:
    """What native code writes to standard error while TensorFlow is loaded goes nowhere.

    Python's own errors are exceptions, and pass. A log level that the user has set stays.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        kept = os.dup(STANDARD_ERROR)
    except OSError:  # standard error is closed: nothing can be written there
        yield
        return
    with tempfile.TemporaryFile() as nowhere:
        os.dup2(nowhere.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            os.dup2(kept, STANDARD_ERROR)
            os.close(kept)
