"""Step 4b: is the model that runs still the model that was tested? Nothing here changes a release; it looks and tells."""
