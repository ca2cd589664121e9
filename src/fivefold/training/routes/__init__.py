"""Places that train besides this machine."""
