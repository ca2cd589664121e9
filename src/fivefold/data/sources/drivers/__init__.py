"""Database drivers: one file per kind of database, each with the same few verbs; see ``data.sources.database``."""
