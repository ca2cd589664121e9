"""Places that tables come from: one file per kind, each behind the ``Source`` protocol."""
