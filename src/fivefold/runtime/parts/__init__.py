"""How each part of an encoder gives its features, for a row and for a column: one file per part."""
