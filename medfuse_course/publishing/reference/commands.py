"""``{commands}``: what ``medfuse --help`` and the help of each command print."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from medfuse_course.publishing.reference.rooms import parsed

_COMMAND = re.compile(r"^ {4}(\w[\w-]*)(?= |$)", re.M)


def help_of(*words: str) -> str:
    """Return what ``medfuse WORDS --help`` prints on a terminal of 76 columns."""
    command = [sys.executable, "-m", "medfuse_course", *words, "--help"]
    environment = {**os.environ, "COLUMNS": "76", "PYTHONIOENCODING": "utf8"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf8", check=True
    ).stdout.rstrip()


def commands_in(text: str) -> list[str]:
    """Return the commands that a help lists."""
    listed = text.partition("\ncommands:\n")[2].partition("\n\n")[0]
    return _COMMAND.findall(listed)


class Commands(SphinxDirective):
    """``{commands}``: the help of ``medfuse`` and of each of its commands."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each."""
        whole = help_of()
        names = commands_in(whole)
        with ThreadPoolExecutor(2) as pool:
            texts = list(pool.map(help_of, names))
        lines = ["## medfuse", "", "`````text", whole, "`````", ""]
        for name, text in zip(names, texts, strict=True):
            lines += [f"## medfuse {name}", "", "`````text", text, "`````", ""]
        return parsed(self, "\n".join(lines).splitlines())


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("commands", Commands)
