"""Exercises on numbers that judge a fused image."""
