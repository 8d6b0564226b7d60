"""Exercises on what lies under this path of the library."""
