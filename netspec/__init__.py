"""netspec: one YAML description of a convolutional network, compiled to PyTorch, Keras and ONNX."""
