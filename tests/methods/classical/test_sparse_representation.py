import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from medfuse_course.methods import fuse
from medfuse_course.methods.classical.laplacian_pyramid import laplacian_pyramid
from medfuse_course.methods.classical.sparse_representation import sparse_representation
from medfuse_course.transforms import pyramid
from medfuse_course.transforms.sparse_coding import dct_dictionary


def one_patch(patch, atoms, eps):
    """A code as textbooks find it, with an ordinary least-squares fit at every step: what it says, and its l1 norm."""
    dictionary, mean = dct_dictionary(8), patch.mean()
    chosen, fit, rest = [], np.zeros(0), patch.ravel() - mean
    while len(chosen) < atoms and np.linalg.norm(rest) > eps:
        chosen.append(int(np.argmax(np.abs(dictionary.T @ rest))))
        fit = np.linalg.lstsq(dictionary[:, chosen], patch.ravel() - mean, rcond=None)[0]
        rest = patch.ravel() - mean - dictionary[:, chosen] @ fit
    return (patch.ravel() - rest).reshape(8, 8), np.abs(fit).sum()


def patch_by_patch(a, b, atoms, eps):
    """The rule as the toolbox loops it; border pixels that no patch reaches are averaged."""
    total, count = np.zeros(a.shape), np.zeros(a.shape)
    for i in range(0, a.shape[0] - 7, 2):
        for j in range(0, a.shape[1] - 7, 2):
            place = np.s_[i : i + 8, j : j + 8]
            (said_a, norm_a), (said_b, norm_b) = (one_patch(x[place], atoms, eps) for x in (a, b))
            total[place] += said_b if norm_a < norm_b else said_a
            count[place] += 1
    return np.where(count > 0, total / np.maximum(count, 1), (a + b) / 2)


def small_pair(shape):
    rng = np.random.default_rng(3)
    a, b = rng.random((2, *shape)).round(2)
    b[:, :9] = 0.6  # flat against texture, and flat against flat
    a[:9, :9] = 0.2
    return a, b


def test_the_toolbox_profile_agrees_with_patch_by_patch_loops():
    a, b = small_pair((17, 19))
    expected = patch_by_patch(a, b, 64, 0.1 / 255)
    np.testing.assert_allclose(sparse_representation(a, b, profile="toolbox"), expected, atol=1e-9)


def test_the_course_profile_agrees_with_them_where_nothing_ties():
    a, b = np.random.default_rng(4).random((2, 18, 20))
    np.testing.assert_allclose(sparse_representation(a, b, atoms=5), patch_by_patch(a, b, 5, 0.02), atol=1e-9)


def test_flat_images_give_their_mean_and_ties_go_to_a_in_the_toolbox():
    a, b = np.full((17, 16), 0.2, np.float32), np.full((17, 16), 0.6, np.float32)
    np.testing.assert_allclose(fuse(a, b, "sparse_representation"), 0.4, atol=1e-6)
    toolbox = fuse(a, b, "sparse_representation", profile="toolbox")
    np.testing.assert_allclose(toolbox[:16], 0.2, atol=1e-6)
    np.testing.assert_allclose(toolbox[16], 0.4, atol=1e-6)  # no patch of the grid reaches the last row


def test_the_winner_brings_its_brightness():
    """A faint texture on black against a flat bright image: the brightness is gone, by the rule."""
    a, b = np.zeros((16, 16)), np.full((16, 16), 0.9)
    a[::2] = 0.1
    np.testing.assert_allclose(fuse(a, b, "sparse_representation"), a, atol=3e-3)


@pytest.mark.parametrize("eps", [0.02, 0.2])
def test_what_is_lost_of_equal_images_stays_below_eps(eps, gray_pair):
    """Without a limit on atoms no 8 x 8 patch is further off than eps before patches are averaged."""
    image = gray_pair[0]
    fused = fuse(image, image, "sparse_representation", atoms=64, eps=eps, stride=8)
    away = np.sqrt((sliding_window_view(fused - image, (8, 8))[:-8:8, :-8:8] ** 2).sum(axis=(2, 3)))
    assert 0.1 * eps < away.max() <= 1.001 * eps


def test_more_atoms_lose_less(gray_pair):
    image = gray_pair[0]
    lost = [np.abs(fuse(image, image, "sparse_representation", atoms=n) - image).max() for n in (1, 4, 16, 64)]
    assert lost == sorted(lost, reverse=True)


def test_every_pixel_of_an_odd_size_is_fused():
    """The last row and column lie off the grid of patches; the course moves the last patch to them."""
    a, b = np.random.default_rng(5).random((2, 17, 19)).astype(np.float32)
    fused = fuse(a, 0 * b, "sparse_representation", atoms=64, eps=1e-3)
    np.testing.assert_allclose(fused, a, atol=2e-3)


@pytest.mark.parametrize("profile", ["course", "toolbox"])
def test_the_laplacian_form_codes_the_base_alone(profile, gray_pair):
    a, b = (x[:40, :36] for x in gray_pair)
    of_a, of_b = pyramid.analyse(a, 2), pyramid.analyse(b, 2)
    expected = laplacian_pyramid(a, b, rule="choose_max_consistent", levels=2)
    bases = sparse_representation(of_a.base, of_b.base, profile=profile)
    difference = bases - (of_a.base + of_b.base) / 2
    for shape in ((20, 18), (40, 36)):
        difference = pyramid.expand(difference, shape)
    fused = sparse_representation(a, b, base="laplacian", profile=profile)
    np.testing.assert_allclose(fused, expected + difference, atol=1e-5)


def test_the_laplacian_form_takes_the_smallest_image():
    a, b = np.random.default_rng(6).random((2, 16, 17)).astype(np.float32)
    np.testing.assert_array_equal(
        fuse(a, b, "sparse_representation", base="laplacian"),
        fuse(a, b, "sparse_representation", base="laplacian", levels=1),
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"profile": "tolbox"}, "unknown profile 'tolbox'; did you mean 'toolbox'"),
        ({"base": "laplace"}, "unknown base 'laplace'; did you mean 'laplacian'"),
        ({"patch": 39}, "patch: expected 2 to 38 pixels"),
        ({"stride": 9}, "stride: expected at most the size 8"),
        ({"atoms": 0}, "atoms: expected a whole number from 1 to 4096, got 0"),
        ({"eps": -0.1}, "eps: expected a number from 0 to 1000, got -0.1"),
        ({"base": "laplacian", "levels": 0}, "levels: expected a whole number from 1 to 16, got 0"),
    ],
)
def test_bad_options_are_named(options, words, gray_pair):
    with pytest.raises(ValueError, match=words):
        fuse(*gray_pair, "sparse_representation", **options)
