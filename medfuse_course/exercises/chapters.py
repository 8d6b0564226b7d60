"""What the chapters say of an exercise, by its name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from medfuse_course.core.files import chapters_path
from medfuse_course.exercises.page import Writing, read_page


def writing(name: str) -> Writing:
    """Return title, prompt, choices, hints and solution of an exercise, as its chapter has them."""
    known = _known()
    if name not in known:
        raise LookupError(f'{name}: no chapter has an exercise with check("{name}", ...); write it there')
    return known[name]


def read_writings(chapters: Path) -> dict[str, Writing]:
    """Read the exercises of all chapters in a folder; raise ValueError where two of them have one name."""
    found: dict[str, Writing] = {}
    for path in sorted(chapters.rglob("*.md")):
        for exercise in read_page(path.read_text(encoding="utf8"), path.relative_to(chapters).as_posix()).exercises:
            if exercise.name in found:
                raise ValueError(f"{path}: {exercise.name} is checked in two exercises; give one of them another name")
            found[exercise.name] = exercise
    return found


@cache
def _known() -> Mapping[str, Writing]:
    return read_writings(chapters_path())
