"""The story of a run as one HTML page that needs no network, no script and no prior knowledge."""
