"""The way out of Jupyter Book stays open: plain sphinx-build makes the same pages from the same sources.

Jupyter Book writes a configuration and calls Sphinx; what differs lies in its version and in the settings, which change
rarely. So this runs once a week.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from medfuse_course.publishing.build import environment
from medfuse_course.publishing.links import link_faults
from tests.book.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.weekly]  # like the browser tests it looks at what make book built

BUILT = ROOT / "_build"


def _article(path: Path) -> str:
    """The words and pictures of a page, without what counts anew in every run."""
    text = path.read_text(encoding="utf8")
    found = re.search(r"<article.*?</article>", text, re.S)
    return re.sub(r"\s+", " ", found[0]) if found else ""


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory) -> Path:
    if not (BUILT / "html" / "index.html").is_file():
        pytest.skip(f"the book is not built in {BUILT}; run make book")
    root = tmp_path_factory.mktemp("plain") / "book"
    root.mkdir()
    for name in ("chapters", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(ROOT / name, root / name)
    shutil.copytree(BUILT / ".jupyter_cache", root / "cache")
    programs = Path(sys.executable).parent
    subprocess.run([programs / "jupyter-book", "config", "sphinx", str(root)], check=True, capture_output=True)
    cache = f"nb_execution_cache_path={root / 'cache'}"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "html",
        "-W",
        "-n",
        "--keep-going",
        "-D",
        cache,
        str(root),
        str(root / "site"),
    ]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "site"


def test_sphinx_alone_makes_the_same_pages(plain_site):
    pages = sorted(path.relative_to(BUILT / "html") for path in (BUILT / "html" / "chapters").rglob("*.html"))
    assert pages
    assert [page for page in pages if _article(plain_site / page) != _article(BUILT / "html" / page)] == []


def test_its_links_resolve(plain_site):
    assert link_faults(plain_site) == []
