"""Figures of merit, their intervals and sketches of distributions; NumPy only, shared by training and monitoring."""
