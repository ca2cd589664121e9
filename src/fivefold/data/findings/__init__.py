"""Things that can be wrong with a table: one file per check, each behind the ``FindingCheck`` protocol."""
