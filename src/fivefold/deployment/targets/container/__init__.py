"""The target ``container``: an image that holds the service, what this model needs, and the model; built by an engine or put together here."""
