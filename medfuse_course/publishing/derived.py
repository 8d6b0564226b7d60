"""Files that follow from others: CITATION.cff, environment.yml, and the README's badges and install line from
``pyproject.toml``; the model cards from the weights.

    python -m medfuse_course.publishing.derived

rewrites them; a test compares them with what they should be.
"""

import re
import tomllib
from pathlib import Path

from medfuse_course.core.files import atomic_path
from medfuse_course.publishing.project import Project, project

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "chapters" / "images" / "first_fusion.png"
ENVIRONMENT_EXTRAS = ("torch", "imagenet", "dicom", "book", "lab")
"""Extras of ``pyproject.toml`` that environment.yml includes: all a reader needs, none of the developers' tools."""


def derived_files(root: Path = ROOT) -> dict[Path, str]:
    """Each derived file and the text it must hold."""
    readme = (root / "README.md").read_text(encoding="utf8")
    home = project()
    return {
        root / "CITATION.cff": citation(home),
        root / "environment.yml": environment(requirements(root / "pyproject.toml")),
        root / "data" / "weights" / "README.md": cards(),
        root / "README.md": _fill(_fill(readme, "badges", badges(home)), "install", install(home)),
    }


def cards() -> str:
    """The model cards of all weights that ship."""
    from medfuse_course.methods.model_card import model_card, users_of
    from medfuse_course.methods.weights import shipped

    head = """# Model cards

Made by "make derived" from the files themselves. The book's leaderboard says how good each one is. License: BSD-3, as
the code. Times are those of one thread on a shared machine.
"""
    return "\n".join([head, *(model_card(found) for found in shipped() if users_of(found))])


def requirements(pyproject: Path) -> list[str]:
    """What a reader's environment needs, as ``pyproject.toml`` says it: dependencies, then the readers' extras."""
    table = tomllib.loads(pyproject.read_text(encoding="utf8"))["project"]
    extras = (line for extra in ENVIRONMENT_EXTRAS for line in table["optional-dependencies"][extra])
    return list(dict.fromkeys([*table["dependencies"], *extras]))


def environment(needs: list[str]) -> str:
    """The text of environment.yml."""
    lines = "\n".join(f"      - {need!r}".replace("'", '"') for need in needs)
    return f"""# Made from pyproject.toml by "make derived". Conda users: conda env create -f environment.yml
name: medfuse-course
dependencies:
  - python>=3.11,<3.14
  - pip
  - pip:
{lines}
"""


def citation(home: Project) -> str:
    """The text of CITATION.cff."""
    authors = "\n".join(f'  - name: "{author}"' for author in home.authors)
    return f"""# Made from pyproject.toml by "make derived".
cff-version: 1.2.0
message: "If you use this course or its library, please cite it as below."
type: software
title: "medfuse_course: a course on multimodal medical image fusion"
version: "{home.version}"
authors:
{authors}
repository-code: "{home.repository}"
url: "{home.site}"
license: [BSD-3-Clause, CC-BY-4.0]
keywords: [image fusion, medical imaging, multimodal imaging, education]
"""


def badges(home: Project) -> str:
    """Badges of the README."""
    first = home.colab("notebooks/foundations/first_fusion.ipynb")
    return "\n".join(
        [
            f"[![tests]({home.repository}/actions/workflows/test.yml/badge.svg)]({home.repository}/actions)",
            f"[![read the book](https://img.shields.io/badge/read-the_book-2a6f97)]({home.site})",
            f"[![open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({first})",
        ]
    )


def install(home: Project) -> str:
    """The README's install line for the library alone."""
    return f"""To install the library alone:

```sh
pip install "medfuse-course @ git+{home.repository}@{home.tag}"
```"""


def _fill(text: str, block: str, content: str) -> str:
    pattern = rf"(<!-- derived: {block} -->\n).*?(<!-- /derived: {block} -->)"
    filled, count = re.subn(pattern, lambda m: f"{m[1]}{content}\n{m[2]}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"README.md: expected one block 'derived: {block}', got {count}")
    return filled


def picture() -> bytes:
    """The README's picture, a PNG: two sources, and two ways to fuse them."""
    from medfuse_course.datasets import load_pair
    from medfuse_course.methods import fuse
    from medfuse_course.plots import render_panels

    pair = load_pair("head/mri-pet", seed=3, lesions=2, color="hot")
    panels = {
        "MRI": pair.a,
        "PET": pair.b,
        "average": fuse(pair.a, pair.b, "average"),
        "Laplacian pyramid": fuse(pair.a, pair.b, "laplacian_pyramid"),
    }
    return render_panels(panels, columns=4, panel=220, background="#0d1117", ink="#e6edf3")


if __name__ == "__main__":
    for path, content in derived_files().items():
        with atomic_path(path) as part:
            part.write_text(content, encoding="utf8")
    PICTURE.parent.mkdir(exist_ok=True)
    with atomic_path(PICTURE) as part:
        part.write_bytes(picture())
