"""How each kind of member is written as a graph: one file per kind, from its payload as the bundle holds it."""
