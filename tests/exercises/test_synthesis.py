"""The exercises on synthesis without pairs, against the library; and the lab's check, attacked."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from scipy import ndimage  # noqa: E402
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample  # noqa: E402

from medfuse_course import synthesize  # noqa: E402
from medfuse_course.datasets import misregister  # noqa: E402
from medfuse_course.exercises import check  # noqa: E402
from medfuse_course.exercises.losses.information import shares  # noqa: E402
from medfuse_course.exercises.methods.gan.dicyc import (  # noqa: E402
    CASES,
    CLIP_MM,
    as_it_is,
    by_information,
    how_far,
    moved_head,
)
from medfuse_course.exercises.training.cycles import cycle_loss  # noqa: E402
from medfuse_course.losses.information import soft_bins  # noqa: E402

LAB = "methods.gan.dicyc.mend"


def test_the_library_shares_as_the_exercise_does():
    x = np.random.default_rng(0).uniform(0, 1, 50)
    np.testing.assert_allclose(soft_bins(torch.tensor(x)[None], 16)[0], shares(x, 16), atol=1e-12)


def test_a_cycle_by_hand():
    """a: 0 -> 1 -> 2 is off by 2, 1 -> 2 -> 4 by 3; b: 3 -> 6 -> 7 is off by 4."""
    a, b = np.array([0.0, 1.0]), np.array([3.0])
    assert cycle_loss(a, b, lambda x: x + 1, lambda x: 2 * x) == pytest.approx(2.5 + 4)


@pytest.mark.parametrize("case", CASES)
def test_the_clip_goes_where_the_ct_goes(case):
    head = moved_head(*case)
    assert how_far(head.true, head) == pytest.approx({"clip": 0, "apart": 0}, abs=0.3)  # a clip of few pixels
    assert how_far(head.ct, head)["clip"] > 2 * CLIP_MM


def test_an_image_without_a_clip_has_none():
    head = moved_head()
    assert how_far(np.zeros((256, 256)), head) == {"clip": np.inf, "apart": np.inf}


def walked(loss, steps=150):
    """A descent on another loss."""

    def answer(mri, ct):
        def sampled(image, moves):
            size, turn, across, down = moves
            cos, sin = size.exp() * turn.cos(), size.exp() * turn.sin()
            grid = torch.stack([cos, -sin, across, sin, cos, down]).view(1, 2, 3)
            return grid_sample(image, affine_grid(grid, list(image.shape), align_corners=False), align_corners=False)

        still, moving = (torch.tensor(np.array(x))[None, None] for x in (mri, ct))
        moves = torch.zeros(4, requires_grad=True)
        walk = torch.optim.Adam([moves], lr=0.01)
        for _ in range(steps):
            value = loss(sampled(avg_pool2d(moving, 4), moves), avg_pool2d(still, 4))
            walk.zero_grad()
            value.backward()
            walk.step()
        return sampled(moving, moves.detach())[0, 0].numpy()

    return answer


def by_centers(mri, ct):
    """Centers and areas of both heads."""
    heads = [
        ndimage.binary_fill_holes(ndimage.gaussian_filter(x, 2) > level) for x, level in ((mri, 0.12), (ct, 1 / 6))
    ]
    (at, of), (ct_at, ct_of) = ((np.argwhere(m).mean(axis=0), np.sqrt(m.sum())) for m in heads)
    size = ct_of / of
    return ndimage.affine_transform(ct, [size, size], ct_at - size * at, order=1)


def squared_correlation(x, y):
    x, y = x - x.mean(), y - y.mean()
    return 1 - (x * y).sum() ** 2 / ((x * x).sum() * (y * y).sum())


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (as_it_is, "clip"),
        (lambda mri, ct: synthesize(mri), "in-place"),
        (lambda mri, ct: mri, "in-place"),
        (lambda mri, ct: (mri + ct) / 2, "clip"),
        (lambda mri, ct: np.zeros_like(ct), "in-place"),
        (lambda mri, ct: misregister(ct, stretch=1 / 1.08), "in-place"),
        (lambda mri, ct: np.maximum(synthesize(mri), ct), "clip"),
        (by_centers, "clip"),
        (walked(lambda x, y: ((x - y) ** 2).mean()), "in-place"),
        (walked(lambda x, y: (x - y).abs().mean()), "in-place"),
        (walked(squared_correlation), "in-place"),
        (lambda mri, ct: None, "in-place"),
        (lambda mri, ct: ct[::2], "in-place"),
    ],
)
def test_what_does_not_mend_it_is_refused(answer, failed):
    result = check(LAB, answer)
    assert (result.status, result.failed) == ("refused", failed), result.text
    assert "\n" not in result.text


def outlines(x, y):
    """Squared differences of CT and MRI, after a soft threshold between air and head."""
    return ((torch.sigmoid(40 * (x - 1 / 6)) - torch.sigmoid(40 * (y - 0.12))) ** 2).mean()


def to_a_synthetic_ct(mri, ct):
    """Squared differences from the CT that the library makes of the MRI: one modality."""
    return walked(lambda x, y: ((x - y) ** 2).mean())(synthesize(mri), ct)


@pytest.mark.parametrize("answer", [walked(outlines), to_a_synthetic_ct])
def test_what_does_not_depend_on_the_gray_levels_reaches_the_goals_as_well(answer):
    result = check(LAB, answer)
    assert result.passed, result.text


def test_what_shows_no_clip_is_told_so():
    assert "no head with a clip" in check(LAB, lambda mri, ct: np.zeros_like(ct)).text


def test_the_goals_leave_room():
    result = check(LAB, by_information)
    assert result.passed and "to spare" in result.text
