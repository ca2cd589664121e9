"""Step 4: a trained bundle becomes a release that is proved to answer as it did where it was made."""
