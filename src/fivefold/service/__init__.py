"""The HTTP service that a release runs: one process that loads a bundle, proves it, answers, counts and logs."""
