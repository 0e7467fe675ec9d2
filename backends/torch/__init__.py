"""The PyTorch backend."""

from netspec.backends.torch.backend import TorchBackend

BACKEND = TorchBackend()
