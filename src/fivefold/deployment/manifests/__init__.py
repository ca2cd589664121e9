"""What targets that are told by manifests have in common: the image, the proof, and documents in YAML."""
