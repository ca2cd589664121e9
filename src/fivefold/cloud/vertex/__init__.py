"""Vertex AI over its REST: who asks, what is refused, operations, jobs and the bucket beside it."""
