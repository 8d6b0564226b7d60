"""Volumes through any method: the right slices, the grid and header of the first source, windows that are said."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from medfuse_course import fuse, fuse_volumes
from medfuse_course.datasets.intensity import parse_window

AFFINE = np.array([[-2.0, 0, 0, 30], [0, 2, 0, -20], [0, 0, 3, 7], [0, 0, 0, 1]])  # stored from right to left
WINDOWS = {"window_a": "range:0,900", "window_b": "hu:40,400"}


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """An MRI and a CT, 20 x 22 x 18 voxels, smooth, without symmetry."""
    x, y, z = np.indices((20, 22, 18)) / 20
    mri = 450 + 400 * np.sin(7 * x + 3 * y) * np.cos(5 * z)
    ct = np.where((x - 0.4) ** 2 + (y - 0.6) ** 2 + (z - 0.3) ** 2 < 0.1, 60 + 50 * x, -900)
    return mri.astype(np.float32), ct.astype(np.float32)


@pytest.fixture
def images(arrays):
    mri, ct = (nibabel.Nifti1Image(array, AFFINE) for array in arrays)
    mri.header["descrip"] = b"made up"
    return mri, ct


def _save(folder: Path, images, ending: str) -> list[Path]:
    paths = [folder / f"{name}{ending}" for name in ("mri", "ct")]
    for path, image in zip(paths, images, strict=True):
        nibabel.save(image, path)
    return paths


def test_each_slice_comes_out_as_fuse_makes_it(arrays):
    fused = fuse_volumes(*((array, AFFINE) for array in arrays), axis=2, **WINDOWS)
    assert (fused.data.dtype, fused.data.shape, fused.method) == (np.float32, (20, 22, 18), "laplacian_pyramid")
    a, b = (
        parse_window(w).apply(array[:, :, 5].T[::-1]) for w, array in zip(WINDOWS.values(), arrays, strict=True)
    )  # anterior on top; the first axis of this affine already runs to the left
    np.testing.assert_allclose(fused.data[:, :, 5].T[::-1], fuse(a, b), atol=1e-6)
    np.testing.assert_array_equal(fused.volume.slice(5), fused.data[:, :, 5].T[::-1])


def test_paths_images_and_arrays_give_the_same(tmp_path, images, arrays):
    expected = fuse_volumes(*((array, AFFINE) for array in arrays), **WINDOWS).data
    for given in (_save(tmp_path, images, ".nii"), _save(tmp_path, images, ".nii.gz"), images):
        fused = fuse_volumes(*given, **WINDOWS)
        np.testing.assert_array_equal(fused.data, expected)
        np.testing.assert_array_equal(fused.affine, AFFINE)
        assert b"made up" not in fused.image.header["descrip"].item()  # of the old values, or of somebody
    text = fuse_volumes(*map(str, _save(tmp_path, images, ".nii")), **WINDOWS)
    loaded = fuse_volumes(*map(nibabel.load, _save(tmp_path, images, ".nii.gz")), **WINDOWS)
    np.testing.assert_array_equal(text.data, expected)
    np.testing.assert_array_equal(loaded.data, expected)


def test_it_is_written_with_the_header_of_the_first(tmp_path, images):
    mri, ct = images
    mri.header.set_xyzt_units("mm")
    fuse_volumes(mri, ct, **WINDOWS).to_nifti(tmp_path / "f.nii.gz")
    written = nibabel.load(tmp_path / "f.nii.gz")
    assert written.get_data_dtype() == np.float32
    np.testing.assert_array_equal(written.affine, AFFINE)
    for key in ("pixdim", "sform_code", "xyzt_units"):
        np.testing.assert_array_equal(written.header[key], mri.header[key])
    assert 0 <= written.get_fdata().min() < written.get_fdata().max() <= 1


def test_an_image_whose_affine_was_changed_is_believed(images):
    mri, ct = images
    for image in images:
        image.affine[2, 3] = -50.0  # the header still says 7
    assert fuse_volumes(mri, ct, **WINDOWS).image.header.get_best_affine()[2, 3] == -50


def test_what_it_was_given_stays_as_it_was(images, arrays):
    before = [array.copy() for array in arrays]
    headers = [image.header.copy() for image in images]
    fuse_volumes(*images, axis="coronal")
    for array, image, header, kept in zip(arrays, images, headers, before, strict=True):
        np.testing.assert_array_equal(array, kept)
        assert image.header == header


def test_windows_used_are_in_the_result(images, arrays):
    fused = fuse_volumes(*images, window_b="hu:brain", method="average")
    low, high = np.percentile(arrays[0], (0.5, 99.5))
    assert fused.window_a.limits == pytest.approx((low, high))
    assert str(fused.window_a).startswith("percentile:0.5,99.5 (from ")
    assert str(fused.window_b) == "hu:brain (level 40, width 80)"
    again = fuse_volumes(*images, window_a=fused.window_a, window_b=fused.window_b, method="average")
    np.testing.assert_array_equal(again.data, fused.data)


@pytest.mark.parametrize(("number", "name"), [(0, "sagittal"), (1, "coronal"), (2, "axial")])
def test_an_axis_is_a_plane_or_a_number(images, number, name):
    by_name, by_number = (fuse_volumes(*images, axis=axis, levels=2).data for axis in (name, number))
    np.testing.assert_array_equal(by_name, by_number)
    other = fuse_volumes(*images, axis=(number + 1) % 3, levels=2).data
    assert np.abs(other - by_number).max() > 0.01  # slices of another plane fuse otherwise


def test_the_number_counts_the_axes_as_they_are_stored(images):
    turned = [image.as_reoriented([[2, 1], [0, -1], [1, 1]]) for image in images]  # axial slices along axis 1
    straight = fuse_volumes(*images, axis="axial", levels=2)
    stored = fuse_volumes(*turned, axis=1, levels=2)
    back = stored.image.as_reoriented(
        nibabel.orientations.ornt_transform(
            nibabel.io_orientation(stored.affine), nibabel.io_orientation(straight.affine)
        )
    )
    np.testing.assert_array_equal(back.get_fdata(), straight.data)


def test_grids_that_differ_are_refused_or_resampled(images):
    mri, ct = images
    shifted = nibabel.Nifti1Image(
        np.asarray(ct.dataobj)[:, 1:], AFFINE @ nibabel.affines.from_matvec(np.eye(3), [0, 1, 0])
    )
    with pytest.raises(ValueError, match=r"b: expected the grid of a, 20 x 22 x 18 .*mm away; resample=True"):
        fuse_volumes(mri, shifted, **WINDOWS)
    resampled = fuse_volumes(mri, shifted, resample=True, method="average", **WINDOWS)
    direct = fuse_volumes(mri, ct, method="average", **WINDOWS)
    np.testing.assert_allclose(resampled.data[:, 1:], direct.data[:, 1:], atol=1e-5)


def test_rounding_in_a_header_turns_no_slice(arrays):
    turn = np.eye(4)
    turn[:2, :2] = [[np.sqrt(0.5), -np.sqrt(0.5)], [np.sqrt(0.5), np.sqrt(0.5)]]  # as near to one plane as to the next
    for nudge in (1e-7, -1e-7):
        other = turn.copy()
        other[0, 0] += nudge
        fused = fuse_volumes(
            (arrays[0], turn),
            (arrays[0], other),
            axis="coronal",
            method="maximum",
            window_a="range:0,900",
            window_b="range:0,900",
        )
        np.testing.assert_allclose(fused.data, arrays[0] / 900, atol=1e-6)


@pytest.mark.torch
def test_a_network_sees_slices_by_batches(images, monkeypatch):
    pytest.importorskip("torch")
    from medfuse_course.methods import volumes

    seen = []
    stack = volumes.fuse_stack
    monkeypatch.setattr(volumes, "fuse_stack", lambda a, *rest, **more: seen.append(len(a)) or stack(a, *rest, **more))
    fused = fuse_volumes(*images, method="max_residual", **WINDOWS)
    assert seen == [8, 8, 2]
    assert fused.weights.startswith("shipped: max_residual.safetensors, sha256 ")
    assert fuse_volumes(*images, method="max_residual", weights="none").weights.startswith("none: fixed random")


def test_a_function_of_ones_own_fuses_volumes_too(images):
    def darker(a, b):
        return np.minimum(a, b)

    fused = fuse_volumes(*images, method=darker, **WINDOWS)
    sides = [parse_window(w).apply(image.get_fdata()) for w, image in zip(WINDOWS.values(), images, strict=True)]
    np.testing.assert_allclose(fused.data, np.minimum(*sides), atol=1e-6)
    assert (fused.method, fused.weights) == ("darker", "")


def test_options_reach_the_method(images):
    fused = fuse_volumes(*images, method="average", weight=1.0, **WINDOWS)
    np.testing.assert_allclose(fused.data, parse_window(WINDOWS["window_a"]).apply(images[0].get_fdata()), atol=1e-6)
    with pytest.raises(TypeError, match="unknown option 'weigt'; did you mean 'weight'"):
        fuse_volumes(*images, method="average", weigt=1.0)


def _no_volume(name, array):
    return {
        "four": ((np.stack([array] * 2, -1), AFFINE), "a: expected a 3-D volume, got 4-D .*cut out one volume"),
        "picture": ((array[0], AFFINE), "a: expected a 3-D volume, got 2-D"),
        "empty": ((array[:0], AFFINE), "a: expected 1 to"),
        "complex": ((array * 1j, AFFINE), "a: expected real numbers, got complex"),
        "truth": ((array > 0, AFFINE), "a: expected real numbers, got bool"),
        "objects": ((array.astype(object), AFFINE), "a: expected real numbers, got object"),
        "nan": ((np.where(array > 800, np.nan, array), AFFINE), "a: expected finite voxels"),
        "small": ((array[:9], AFFINE), "at least 16 x 16"),
        "flat": ((array * 0, AFFINE), r"a: percentiles .* no contrast .*range:<low>,<high> \(window_a\)"),
        "affine": ((array, np.eye(3)), r"a: expected an affine of shape \(4, 4\), from voxels to mm, got \(3, 3\)"),
        "singular": ((array, np.diag([1, 1, 0, 1])), "a: its affine does not place the voxels"),
        "bare": (
            array,
            r"a: expected a path of NIfTI or DICOM, a nibabel image or \(array, affine\), got ndarray; give the affine",
        ),
        "number": (7, "a: expected a path of NIfTI or DICOM, .* got int"),
        "missing": ("nowhere.nii.gz", "nowhere.nii.gz: no such file"),
        "picture_file": (Path(__file__), r"ends in \.nii or \.nii\.gz"),
        "other_format": (nibabel.MGHImage(array, AFFINE), "a: expected a path of NIfTI or DICOM, .* got MGHImage"),
    }[name]


KINDS = (
    "four picture empty complex truth objects nan small flat affine singular bare number missing picture_file".split()
)


@pytest.mark.parametrize("name", [*KINDS, "other_format"])
def test_what_is_no_volume_is_answered(arrays, name):
    bad, words = _no_volume(name, arrays[0])
    b = bad if name == "small" else (arrays[1], AFFINE)
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=words):
        fuse_volumes(bad, b)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "gaussian_denoise"}, "gaussian_denoise"),
        ({"method": "laplacian_piramid"}, "did you mean 'laplacian_pyramid'"),
        ({"window_a": "hu:brian"}, "window_a: unknown CT window 'brian'; did you mean 'brain'"),
        ({"window_b": 80}, "window_b: expected text such as 'hu:brain', got int"),
        ({"axis": "axal"}, "unknown plane 'axal'; did you mean 'axial'"),
        ({"axis": 3}, "axis: expected 0, 1 or 2 of a volume, got 3"),
        ({"axis": 1.5}, "plane: expected a name"),
    ],
)
def test_a_wrong_word_is_answered(images, options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        fuse_volumes(*images, **options)


def test_a_word_is_no_answer_to_resample():
    with pytest.raises(TypeError, match="resample: expected True or False, got 'false'"):
        fuse_volumes("a.nii.gz", "b.nii.gz", resample="false")
