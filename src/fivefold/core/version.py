"""The version, on a page that every room may read."""

__all__ = ["__version__"]

__version__ = "0.1.0"
