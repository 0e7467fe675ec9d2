"""Reads ONNX models into graphs of our ops."""
