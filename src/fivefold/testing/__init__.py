"""A conformance suite for each seam and tiny tables: shipped, for us and for plug-ins."""
