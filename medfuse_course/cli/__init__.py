"""The ``medfuse`` command: one file for each subcommand, each of which calls the library and holds no mathematics."""

from medfuse_course.cli.command import main

__all__ = ["main"]
