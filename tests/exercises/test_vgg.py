"""The exercises on features: no easy way passes the lab, and the layers are those that a count gives."""

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises import check, get_exercise  # noqa: E402
from medfuse_course.exercises.methods.extractors.layers import by_energy, cases  # noqa: E402
from medfuse_course.methods.extractors.layers import combine, layer_weights  # noqa: E402
from medfuse_course.networks import BACKBONES, load_extractor  # noqa: E402

LAB = "methods.extractors.layers.noisy_camera"
EYES = {title: load_extractor("vgg19", title, normalize=False) for title in ("course", "none")}


def batch(image):
    return torch.from_numpy(np.ascontiguousarray(image))[None, None]


def by_layer(title, layer, sigma=0.0):
    """The map of one level, or the mean of several, of photographs that may be blurred before."""

    def said(a, b):
        x, y = (batch(ndimage.gaussian_filter(image, sigma)) for image in (a, b))
        return layer_weights(EYES[title], x, y)[layer].mean(dim=0)[0, 0].numpy()

    return said


EASY = {f"{title}, level {k + 1}": by_layer(title, slice(k, k + 1)) for title in EYES for k in range(5)}
EASY |= {f"{title}, mean": by_layer(title, slice(0, 5)) for title in EYES}
EASY |= {
    "energy": by_energy,
    "energy, far": lambda a, b: ndimage.gaussian_filter(by_energy(a, b), 9),
    "energy of coarser structure": lambda a, b: np.float32(
        np.subtract(*(ndimage.gaussian_filter((x - ndimage.gaussian_filter(x, 4)) ** 2, 5) for x in (a, b))) > 0
    ),
    "levels 3 and 4 of both": lambda a, b: sum(by_layer(title, slice(2, 4))(a, b) for title in EYES) / 2,
    "always": lambda a, b: np.ones_like(a),
    "brighter": lambda a, b: (a > b).astype(np.float32),
}


@pytest.mark.parametrize("easy", EASY)
def test_no_easy_way_reaches_the_goal_of_the_lab(easy):
    assert check(LAB, EASY[easy]).failed == "goal"


def test_features_of_blurred_photographs_reach_it_too():
    result = check(LAB, by_layer("course", slice(1, 4), sigma=1.0))
    assert result.passed, result.text


def test_half_of_each_scene_is_sharp_in_the_first_photograph():
    assert all(0.3 < mask[tissue].mean() < 0.7 for _, _, mask, tissue in cases())


def test_the_numbers_of_the_code_name_convolutions():
    """Number 1 is the image, so layer n of a list that starts at 0 gives number n + 2."""
    with torch.device("meta"):
        names = BACKBONES["vgg19"].build().features.names
    assert [names[number - 2] for number in (2, 7, 12, 21)] == ["conv1_1", "conv2_1", "conv3_1", "conv4_1"]
    assert [names[number] for number in (2, 7, 12, 21)] == ["conv1_2", "conv2_2", "conv3_2", "conv4_2"]
    assert get_exercise("methods.extractors.vgg_multilayer.layers").reference == "b"


def test_more_layers_never_darken_and_never_exceed_the_sources():
    generator = np.random.default_rng(0)
    weights, (a, b) = (torch.from_numpy(generator.random((n, 1, 1, 8, 9))) for n in (24, 2))
    few, many = (combine(a, b, weights[:n]) for n in (4, 24))
    assert (many >= few).all() and (many <= torch.maximum(a, b)).all()
