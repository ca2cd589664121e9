"""The route ``bigquery-ml``: ``CREATE MODEL`` in a data set of the person's, asked by ``ML.PREDICT``."""

from fivefold.training.routes.bigquery_ml.route import BigQueryMLRoute

__all__ = ["BigQueryMLRoute"]
