"""Step 2: a source becomes a typed, checked and split table with a contract; ``step.py`` tells the story."""
