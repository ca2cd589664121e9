"""The route ``bigquery-ml``: ``CREATE MODEL`` in a data set of the person's, asked by ``ML.PREDICT``."""
