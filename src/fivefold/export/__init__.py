"""A bundle in the forms that other people's tools read: ONNX, MLflow, one zip archive."""
