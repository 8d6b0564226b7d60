"""The chapter on diffusion on where the released line of DDFM ends, on parts of real pairs; skipped without them."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import fuse  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from tests.book.test_real_pairs import TASKS, gray_sources  # noqa: E402

GRAY_LEVELS = 3.0


@pytest.mark.parametrize("task", TASKS)
def test_as_released_it_ends_near_the_average_of_real_slices(task, aanlib_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    case, slices = next(iter(aanlib.cases(task, "val").items()))
    a, b = (x[64:192, 64:192] for x in gray_sources(task, case, slices[len(slices) // 2]))
    mean = fuse(a, b, "average")
    far = {line: 255 * np.abs(fuse(a, b, "ddfm", likelihood=line) - mean).mean() for line in ("released", "straight")}
    assert far["released"] < GRAY_LEVELS < far["straight"], far
