"""onnx's own tests of single nodes, read into our ops: an examination set by others."""
