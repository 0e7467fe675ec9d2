"""How TensorFlow is loaded: quietly, and behind triton.

Its C++ writes notes on GPUs to standard error before it reads any log level.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STANDARD_ERROR = 2


@contextmanager
def quiet_start() -> Iterator[None]:
    """What native code writes to standard error while TensorFlow is loaded goes nowhere.

    Python's own errors are exceptions, and pass. A log level that the user has set stays.
    """
    triton_first()
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


def triton_first() -> None:
    """Load triton, where there is one; loaded behind TensorFlow, it crashes the process.

    Both bring an LLVM. torch's builds for GPUs have triton, and load it some time after torch.
    """
    with suppress(ImportError):
        import triton  # noqa: F401
