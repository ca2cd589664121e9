"""Step 3, train: from a Dataset and a Brief to a Model that is honestly evaluated. Open step.py first."""
