"""The servers that are compared, a file each: ``prepare`` (in its environment), ``command``, ``path``, ``body``, ``score``."""
