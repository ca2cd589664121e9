"""Step 4b: tells whether a release is still what was tested. Nothing here changes a release; it looks and tells."""
