"""The target ``kubernetes``: manifests of plain objects or of a KServe InferenceService, written and, where asked for, applied."""
