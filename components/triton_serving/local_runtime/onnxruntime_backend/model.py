"""The backend `onnxruntime` of the local Triton: ONNX models on the package onnxruntime, under NVIDIA's rules."""
