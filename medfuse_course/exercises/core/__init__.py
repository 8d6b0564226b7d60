"""Exercises on what all packages share."""
