"""The Keras backend, proven on TensorFlow."""

import os

# TensorFlow writes its start-up notes to standard error otherwise.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from netspec.backends.keras.backend import KerasBackend

BACKEND = KerasBackend()
