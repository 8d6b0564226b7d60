"""Exercises on networks outside PyTorch."""
