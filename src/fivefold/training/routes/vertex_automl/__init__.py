"""What a training by Vertex AI's AutoML consists of."""
