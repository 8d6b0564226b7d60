import numpy as np
import pytest

from medfuse_course.metrics import evaluate

STEP = np.array([[0, 0, 255], [0, 0, 255]], np.float32) / 255


def value(slug, f, preset="course"):
    return evaluate(f, f, f, slug, preset)[slug]


def test_standard_deviation_by_hand():
    assert value("sd", STEP) == pytest.approx(255 * np.sqrt(1 / 3 * 2 / 3))  # of a coin that falls 1 in a third


def test_spatial_frequency_by_hand():
    assert value("sf", STEP) == pytest.approx(np.sqrt(255**2 / 2))  # 2 of 4 steps along rows, none along columns
    assert value("sf", np.ascontiguousarray(STEP.T)) == pytest.approx(np.sqrt(255**2 / 2))


def test_average_gradient_by_hand():
    # Along a row: one-sided 0, central 127.5, one-sided 255; each over sqrt(2).
    assert value("ag", STEP) == pytest.approx((0 + 127.5 + 255) / 3 / np.sqrt(2))


def test_the_linfeng_kit_divides_by_fewer_pixels():
    image = np.random.default_rng(0).random((256, 256)).astype(np.float32)
    assert value("ag", image, "linfeng") / value("ag", image, "cddfuse") == pytest.approx((256 / 255) ** 2)


@pytest.mark.parametrize("slug", ["sd", "sf", "ag"])
def test_noise_raises_it(slug):
    image = np.full((40, 40), 0.5, np.float32)
    noise = (0.1 * np.random.default_rng(0).standard_normal((40, 40))).astype(np.float32)
    values = [value(slug, image + k * noise) for k in (0, np.float32(0.5), 1)]
    assert values[0] == 0
    assert values[0] < values[1] < values[2]
