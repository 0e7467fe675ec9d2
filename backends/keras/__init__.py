"""The Keras backend, proven on TensorFlow."""

from netspec.backends.quiet import quiet_start

with quiet_start():
    from netspec.backends.keras.backend import KerasBackend

BACKEND = KerasBackend()
