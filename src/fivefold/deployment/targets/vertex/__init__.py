"""Vertex AI by its REST protocol: a thin client over google-auth, and what a deployment does with it."""
