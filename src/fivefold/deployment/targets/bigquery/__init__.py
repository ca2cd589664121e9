"""A model inside BigQuery: what it takes there, the SQL that is spoken, and the proof that it answers as the bundle does."""
