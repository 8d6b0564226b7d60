"""What the project is called, where it lives and which release this is; all of it stands once, in ``pyproject.toml``.

In a checkout the file itself is read, so that a changed line counts at once; an installed copy asks its metadata.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]

NOTICE = "For teaching and research, not for clinical use."
"""What every page, the README and ``--help`` say."""


@dataclass(frozen=True)
class Project:
    """The lines of ``pyproject.toml`` that pages, notebooks and buttons are made from.

    Attributes
    ----------
    name
        Name of the distribution.
    version
        This release, such as ``"0.1.0"``; its tag is `tag`.
    repository
        Address of the repository, without a slash at the end.
    authors
        Their names.
    dependencies
        What the library needs, as written: ``"numpy>=2.0"``.
    """

    name: str
    version: str
    repository: str
    authors: tuple[str, ...]
    dependencies: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Git tag of this release."""
        return f"v{self.version}"

    @property
    def slug(self) -> str:
        """``owner/name`` of the repository."""
        return "/".join(self.repository.split("/")[-2:])

    @property
    def site(self) -> str:
        """Address of the published book, with a slash at the end: the repository's GitHub Pages."""
        owner, name = self.slug.split("/")
        return f"https://{owner.lower()}.github.io/{name}/"

    def page(self, docname: str) -> str:
        """Address of a published page, from its path in the book without ending."""
        return f"{self.site}{docname}.html"

    def colab(self, notebook: str) -> str:
        """Address that opens a notebook of the main branch, given by its path in the repository, on Colab."""
        return f"https://colab.research.google.com/github/{self.slug}/blob/main/{notebook}"


@cache
def project() -> Project:
    """The project, from ``pyproject.toml`` beside the package, else from the metadata of the installed distribution."""
    source = _ROOT / "pyproject.toml"
    return _from_table(tomllib.loads(source.read_text(encoding="utf8"))) if source.is_file() else _from_metadata()


def _from_table(table: dict[str, Any]) -> Project:
    lines = table["project"]
    authors = tuple(author["name"] for author in lines["authors"])
    repository = lines["urls"]["Repository"].rstrip("/")
    return Project(lines["name"], lines["version"], repository, authors, tuple(lines["dependencies"]))


def _from_metadata() -> Project:
    found = metadata.metadata("medfuse-course")
    urls = dict(re.split(r",\s*", line, maxsplit=1) for line in found.get_all("Project-URL", []))
    authors = tuple(re.split(r",\s*", (found.get_all("Author") or [""])[0]))
    needs = tuple(n for n in metadata.requires("medfuse-course") or [] if "extra ==" not in n)
    return Project(found["Name"], found["Version"], urls["Repository"].rstrip("/"), authors, needs)
