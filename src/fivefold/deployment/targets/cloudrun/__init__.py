"""The target ``cloudrun``: the definition of a service for Cloud Run, its price, and the command that makes it."""
