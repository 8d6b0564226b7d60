"""The exercises of the page on the U-Net, against the library; and the lab's check, attacked."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.metrics.semantic import joint_entropy, semantic_loss  # noqa: E402
from medfuse_course.exercises.samples import images  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402

LAB = "methods.extractors.short_frame_unet.lesions_back"


def test_the_exercise_is_the_metric():
    f, a, b = images("semantic", "library", count=3, shape=(40, 41))
    assert semantic_loss(f, a, b, joint_entropy) == pytest.approx(evaluate(f, a, b, "semantic_loss")["semantic_loss"])


def test_a_seventh_part_of_six_frames_noise_is_not_the_best_prediction():
    """Of 200,000 scans: the share that leaves the least error is the one of the exercise."""
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((6, 200_000)) * np.sqrt(6)
    whole, errors = parts.mean(axis=0), {}
    for share in np.linspace(0, 0.4, 41):
        errors[share] = np.square(share * parts[0] - whole).mean()
    best = min(errors, key=errors.get)
    assert best == pytest.approx(1 / 6, abs=0.011)
    assert (best * parts[0]).std() / whole.std() == pytest.approx(np.sqrt(1 / 6), abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cheat", "failed"),
    [
        (lambda frame, drawn: drawn, "lesions"),
        (lambda frame, drawn: frame[1], "noise"),
        # makes up for weak lesions with strong ones: passed while the bias was averaged with its sign
        (lambda frame, drawn: np.where(drawn > 3, 1.2 * drawn, drawn), "lesions"),
        (lambda frame, drawn: np.full(drawn.shape, 2.0), "lesions"),
        (lambda frame, drawn: drawn + 0.15 * ndimage.white_tophat(drawn, 15), "noise"),
        (lambda frame, drawn: (frame[1] + drawn) / 2, "noise"),
        (lambda frame, drawn: 0.8 * drawn + 0.2 * frame[1], "lesions"),
        (lambda frame, drawn: np.maximum(frame[1], drawn), "noise"),
        (lambda frame, drawn: 1.1 * drawn, "noise"),
        (lambda frame, drawn: np.where(ndimage.maximum_filter(drawn, 5) > 2.5, frame[1], drawn), "lesions"),
        (lambda frame, drawn: drawn + 0.8 * (drawn - ndimage.gaussian_filter(drawn, 3)), "noise"),
    ],
)
def test_no_easy_way_passes(cheat, failed):
    result = check(LAB, cheat)
    assert result.failed == failed, result.text
