"""Deployments to Amazon SageMaker: what is ordered, who is asked, what goes wrong, and how it goes on."""
