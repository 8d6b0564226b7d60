"""The chapter on fusion GANs on the best image of a content loss, on real pairs of `val`; skipped without them."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import evaluate, fuse  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from medfuse_course.methods.gan import fusiongan  # noqa: E402
from tests.book.test_real_pairs import TASKS, gray_sources  # noqa: E402


@pytest.mark.parametrize("task", TASKS)
def test_the_best_image_is_behind_the_maximum_on_real_slices(task, aanlib_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    for case, slices in aanlib.cases(task, "val").items():
        a, b = gray_sources(task, case, slices[len(slices) // 2])
        best = evaluate(fusiongan.best_image(a, b).clip(0, 1).astype(a.dtype), a, b, ["qabf", "vif"])
        most = evaluate(fuse(a, b, "maximum"), a, b, ["qabf", "vif"])
        assert best["qabf"] < most["qabf"] and best["vif"] < most["vif"]
