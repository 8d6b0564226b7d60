"""Stacks of slices come out as their slices do, by batches where the method takes them."""

import nibabel
import numpy as np
import pytest

from medfuse_course.methods import fuse, fuse_stack
from tests.methods.every_method import FUSION, ONE_LOOK, marks

WITH_STACKS = [m for m in FUSION if m.network]


def _stacks(count=3, height=33, width=38):
    return np.random.default_rng(3).random((2, count, height, width), dtype=np.float32)


@pytest.mark.parametrize(
    "slug", ["average", *(pytest.param(m.slug, marks=marks(m)) for m in WITH_STACKS), "laplacian_pyramid"]
)
def test_each_slice_comes_out_as_fuse_makes_it(slug):
    (a, b), options = _stacks(), ONE_LOOK.get(slug, {})
    fused = fuse_stack(a, b, slug, batch=2, **options)
    assert fused.dtype == np.float32 and fused.shape == a.shape
    for k in range(len(a)):
        np.testing.assert_allclose(fused[k], fuse(a[k], b[k], slug, **options), atol=1e-4)


@pytest.mark.torch
def test_a_method_that_takes_stacks_sees_whole_batches(monkeypatch):
    pytest.importorskip("torch")
    from medfuse_course.methods import learned

    seen = []
    tensors = learned.as_tensor
    monkeypatch.setattr(learned, "as_tensor", lambda image: seen.append(len(image)) or tensors(image))
    a, b = _stacks(5)
    fuse_stack(a, b, "densefuse", batch=2)
    assert seen == [2, 2, 2, 2, 1, 1]


def test_options_reach_the_method():
    a, b = _stacks()
    np.testing.assert_allclose(fuse_stack(a, b, "average", weight=0.25), 0.25 * a + 0.75 * b, atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "batch", "words"),
    [
        (np.zeros((0, 16, 16)), np.zeros((0, 16, 16)), 8, r"a: expected a stack \(N, H, W\)"),
        (np.zeros((16, 16)), np.zeros((16, 16)), 8, r"a: expected a stack \(N, H, W\)"),
        (np.zeros((2, 16, 16)), np.zeros((3, 16, 16)), 8, "b: expected as many slices as a, 2, got 3"),
        (np.zeros((2, 16, 16)), np.full((2, 16, 16), 300.0), 8, r"b\[0\]: expected values in \[0, 1\]"),
        (np.zeros((2, 15, 16)), np.zeros((2, 15, 16)), 8, "at least 16 x 16 pixels"),
        (np.zeros((2, 16, 16)), np.zeros((2, 16, 16)), 0, "batch: expected a positive integer, got 0"),
    ],
)
def test_what_is_no_pair_of_stacks_is_answered(a, b, batch, words):
    with pytest.raises(ValueError, match=words):
        fuse_stack(a, b, batch=batch)


@pytest.mark.torch
def test_a_device_that_is_too_small_is_answered(monkeypatch):
    torch = pytest.importorskip("torch")
    from medfuse_course.methods import learned

    def too_much(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(learned, "as_tensor", too_much)
    with pytest.raises(MemoryError, match=r"densefuse: images of shape \(3, 33, 38\).*MEDFUSE_DEVICE=cpu"):
        fuse_stack(*_stacks(), "densefuse")


@pytest.mark.torch
def test_a_volume_of_the_command_line_goes_through_the_network_by_batches(tmp_path):
    pytest.importorskip("torch")
    from medfuse_course.cli import main

    volumes = np.random.default_rng(1).random((2, 20, 22, 11), dtype=np.float32)
    for name, volume in zip("ab", volumes, strict=True):
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / f"{name}.nii")
    names = [str(tmp_path / f"{name}.nii") for name in "abf"]
    windows = ["--window-a", "range:0,1", "--window-b", "range:0,1"]
    assert main(["fuse", *names[:2], "-o", names[2], "--method", "densefuse", "--quiet", *windows]) == 0
    fused = nibabel.load(names[2]).get_fdata()
    assert fused.shape == volumes[0].shape
    a, b = (volume[:, :, 4].T[::-1, ::-1] for volume in volumes)
    np.testing.assert_allclose(fused[:, :, 4].T[::-1, ::-1], fuse(a, b, "densefuse"), atol=1e-5)
