"""Name, address and release are read where they stand, and nowhere typed again."""

import re
import tomllib
from pathlib import Path

from medfuse_course.publishing.project import Project, project

ROOT = Path(__file__).parents[2]
SOMEWHERE = Project("p", "1.2", "https://github.com/Owner/name", ("A",), ())


def test_the_project_is_what_pyproject_says():
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = project()
    assert (about.name, about.version, about.repository) == (
        lines["name"],
        lines["version"],
        lines["urls"]["Repository"],
    )
    assert about.dependencies == tuple(lines["dependencies"])


def test_addresses_follow_from_the_repository():
    assert SOMEWHERE.site == "https://owner.github.io/name/"
    assert SOMEWHERE.page("chapters/a/b") == "https://owner.github.io/name/chapters/a/b.html"
    assert SOMEWHERE.colab("notebooks/a/b.ipynb") == (
        "https://colab.research.google.com/github/Owner/name/blob/main/notebooks/a/b.ipynb"
    )


def test_the_address_is_typed_nowhere_in_the_package_or_the_chapters():
    owner = re.escape(project().slug)
    places = [*(ROOT / "medfuse_course").rglob("*.py"), *(ROOT / "chapters").rglob("*.md"), ROOT / "_config.yml"]
    assert [path for path in places if re.search(rf"github\.com/{owner}|github\.io", path.read_text())] == [
        ROOT / "medfuse_course/publishing/project.py"
    ]
