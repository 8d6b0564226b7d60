"""Exercises on comparing methods."""
