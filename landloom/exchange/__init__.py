"""Models to and from other programs, as ONNX."""
