"""Step 1: from a question and a profile to a brief: cited evidence and a plan that later steps follow."""
