"""The real chapters and their student notebooks."""

from pathlib import Path

import pytest

from medfuse_course.publishing.notebooks import executed_pages

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = ROOT / "notebooks"
PAGES = executed_pages(CHAPTERS)
NAMES = [path.relative_to(CHAPTERS).with_suffix("").as_posix() for path in PAGES]

each_chapter = pytest.mark.parametrize("page", PAGES, ids=NAMES)
