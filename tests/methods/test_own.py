"""A reader's own function or network goes through `fuse` as one of the library's does."""

import re
from functools import partial

import numpy as np
import pytest

from medfuse_course.benchmark import phantom_pairs, run_benchmark
from medfuse_course.color import apply_table
from medfuse_course.datasets import load_pair
from medfuse_course.methods import fuse, fuse_stack
from medfuse_course.methods.classical.average import average
from medfuse_course.methods.own import as_method

PAIR = load_pair("head/mri-pet", seed=1)


def heavier(a, b, weight=0.25, *, lift=0.0):
    return weight * a + (1 - weight) * b + lift


def test_a_copy_of_the_average_is_the_average_in_gray_and_in_color():
    for b in (PAIR.b, apply_table(PAIR.b, "hot")):
        mine = fuse(PAIR.a, b, lambda x, y: (x + y) / 2)
        np.testing.assert_array_equal(mine, fuse(PAIR.a, b, "average"))


def test_one_that_takes_color_itself_gets_it():
    def first(a, b):
        return np.broadcast_to(a[..., None], b.shape) if b.ndim > a.ndim else a

    hot = apply_table(PAIR.b, "hot")
    assert np.ptp(fuse(PAIR.a, hot, first), axis=2).max() > 0.1, "the luminance only: the color is kept"
    first.color_native = True
    np.testing.assert_array_equal(fuse(PAIR.a, hot, first), np.stack([PAIR.a] * 3, axis=2))


def test_what_comes_out_is_clipped_and_of_the_right_kind():
    mine = fuse(PAIR.a, PAIR.b, heavier, lift=0.9)
    np.testing.assert_allclose(mine, np.clip(0.25 * PAIR.a + 0.75 * PAIR.b + 0.9, 0, 1), atol=1e-6)
    assert mine.dtype == np.float32


def test_options_are_what_stands_behind_the_images():
    assert as_method(heavier).options == {"weight": 0.25, "lift": 0.0}
    assert as_method(partial(heavier, weight=0.5)).options["weight"] == 0.5
    with pytest.raises(TypeError, match=re.escape("heavier: unknown option 'weigh'; did you mean 'weight'?")):
        fuse(PAIR.a, PAIR.b, heavier, weigh=0.5)


def test_a_declaration_stands_for_itself():
    declared = as_method("average")
    assert as_method(declared) is declared
    np.testing.assert_array_equal(fuse(PAIR.a, PAIR.b, declared), average(PAIR.a, PAIR.b))


def test_a_stack_goes_slice_by_slice():
    stack = np.stack([PAIR.a, PAIR.b])
    np.testing.assert_array_equal(fuse_stack(stack, stack[::-1], np.maximum)[1], fuse(PAIR.b, PAIR.a, "maximum"))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (lambda a, b: a[::2], "<lambda>: expected a finite image of shape (256, 256), got float32 of shape (128"),
        (lambda a, b: a * np.nan, "with NaN or infinite values; return an array of floats in [0, 1]"),
        (lambda a, b: None, "got object of shape ()"),
    ],
)
def test_no_image_is_said(method, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        fuse(PAIR.a, PAIR.b, method)


@pytest.mark.parametrize("method", [3, None, dict])
def test_neither_a_slug_nor_a_method(method):
    with pytest.raises(TypeError, match="method: expected a name"):
        fuse(PAIR.a, PAIR.b, method)


@pytest.mark.parametrize("method", [lambda x: x, lambda *, a, b: a, lambda: 0])
def test_a_function_of_one_image_is_told(method):
    with pytest.raises(TypeError, match="<lambda>: expected a function of two images, got one of .*; let it take both"):
        fuse(PAIR.a, PAIR.b, method)


@pytest.mark.torch
def test_a_network_of_one_image_is_told_and_one_of_any_number_runs():
    torch = pytest.importorskip("torch")

    class Single(torch.nn.Module):
        def forward(self, x, *, gain=1.0):
            return gain * x

    class Any(torch.nn.Module):
        def forward(self, *images):
            return torch.stack(images).mean(dim=0)

    with pytest.raises(TypeError, match=re.escape("Single: expected forward of two images, got one of (x); let it")):
        fuse(PAIR.a, PAIR.b, Single())
    np.testing.assert_allclose(fuse(PAIR.a, PAIR.b, Any()), (PAIR.a + PAIR.b) / 2, atol=1e-6)


@pytest.mark.torch
def test_a_network_of_any_size_of_image_keeps_its_mode():
    torch = pytest.importorskip("torch")

    class Mean(torch.nn.Module):
        multiple = 8

        def __init__(self):
            super().__init__()
            self.norm = torch.nn.BatchNorm2d(1)
            self.drop = torch.nn.Dropout(0.5)

        def forward(self, a, b, *, weight=0.5):
            assert a.shape[-1] % self.multiple == 0
            return self.drop(weight * a + (1 - weight) * b) + 0 * self.norm(a)

    network = Mean()
    network.norm.eval()
    a, b = PAIR.a[:131, :70], PAIR.b[:131, :70]
    np.testing.assert_allclose(fuse(a, b, network, weight=0.25), 0.25 * a + 0.75 * b, atol=1e-6)
    with pytest.raises(ValueError, match="tile: expected None: Mean looks at the whole image, got 40"):
        fuse(a, b, network, tile=40)
    network.reach = 0
    np.testing.assert_allclose(fuse(a, b, network, tile=40), (a + b) / 2, atol=1e-6)
    assert network.training and network.drop.training and not network.norm.training
    assert as_method(network).slug == "Mean"


@pytest.mark.torch
def test_a_network_that_gives_no_single_image_is_told():
    torch = pytest.importorskip("torch")

    class Odd(torch.nn.Module):
        reach = 0

        def __init__(self, give):
            super().__init__()
            self.give = give

        def forward(self, a, b):
            return self.give(a, b)

    cases = {
        "got tuple; return the resulting image alone": lambda a, b: (a, b),
        "got ndarray": lambda a, b: a.numpy(),
        "got NoneType": lambda a, b: None,
        "got a tensor of shape ()": lambda a, b: a.mean(),
    }
    for words, give in cases.items():
        for tile in (None, 64):
            with pytest.raises(
                TypeError, match=re.escape(f"Odd: expected forward to give one tensor (N, C, H, W), {words}")
            ):
                fuse(PAIR.a, PAIR.b, Odd(give), tile=tile)
    pairs = phantom_pairs("head/mri-ct", seeds=[0])
    (row,) = run_benchmark({"mine": Odd(lambda a, b: (a, b))}, ["ssim"], pairs, progress=False).rows
    assert row.status == "failed" and "Odd: expected forward to give one tensor" in row.failure


def test_a_function_that_works_in_place_leaves_the_sources_alone(gray_pair):
    a, b = gray_pair
    before = a.copy()
    fuse(a, b, lambda x, y: np.maximum(x, y, out=x))
    np.testing.assert_array_equal(a, before)


def test_whole_numbers_are_no_image(gray_pair):
    with pytest.raises(ValueError, match=r"got uint8 .*return an array of floats in \[0, 1\]"):
        fuse(*gray_pair, lambda x, y: ((x + y) * 127).astype(np.uint8))
