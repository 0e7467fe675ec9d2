"""The Keras backend, proven on TensorFlow."""

from netspec.backends.keras.quiet import quiet_start

with quiet_start():
    from netspec.backends.keras.backend import KerasBackend

BACKEND = KerasBackend()
