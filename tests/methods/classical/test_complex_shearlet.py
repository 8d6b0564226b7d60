import dataclasses

import numpy as np

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.complex_shearlet import complex_shearlet
from medfuse_course.transforms import complex_shearlet as transform
from medfuse_course.transforms import nsst


def test_magnitudes_are_compared_and_the_real_parts_of_the_winners_put_together():
    """By hand, coefficient by coefficient."""
    a, b = np.random.default_rng(1).random((2, 32, 48))
    of_a, of_b = transform.analyse(a, 2), transform.analyse(b, 2)
    details = tuple(
        np.where(x.real**2 + x.imag**2 > y.real**2 + y.imag**2, x, y)
        for x, y in zip(of_a.details, of_b.details, strict=True)
    )
    fused = dataclasses.replace(of_a, details=details, base=(of_a.base + of_b.base) / 2)
    np.testing.assert_allclose(complex_shearlet(a, b, levels=2, margin=0), transform.synthesise(fused), atol=1e-12)


def test_the_choice_between_two_edges_is_steadier_than_with_real_shearlets():
    """Across a step and a fainter ridge beside it: real coefficients change sides with every zero, magnitudes once."""
    x = np.arange(96) - 48.0
    step, ridge = np.tile(np.tanh(x + 6), (96, 1)), np.tile(np.exp(-((x - 6) ** 2) / 8), (96, 1))
    changes = []
    for module in (nsst, transform):
        a, b = (module.analyse(image, 3, [8, 8, 8]).details[2][4, 48, 32:64] for image in (step, ridge))
        changes.append(np.count_nonzero(np.diff(np.abs(a) > np.abs(b))))
    assert changes[0] >= 3
    assert changes[1] == 1


def test_margin_and_rule_are_options(gray_pair):
    plain = fuse(*gray_pair, "complex_shearlet")
    for options in ({"margin": 0}, {"rule": "choose_max_consistent"}, {"levels": 2}):
        assert np.abs(fuse(*gray_pair, "complex_shearlet", **options) - plain).max() > 1e-3
