"""Volumes whose headers lie, keep silent or contradict themselves: one clear sentence, or the right grid."""

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from medfuse_course import fuse_volumes
from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.nifti import DESCRIPTION
from medfuse_course.datasets.volume import GridWarning, Volume, coverage
from medfuse_course.datasets.volume_files import read_volume

SHAPE = (20, 22, 18)
TWO_MM = np.diag([2.0, 2, 2, 1])


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).random(SHAPE).astype(np.float32)


def save(path: Path, data: np.ndarray, affine: np.ndarray | None = TWO_MM, unit: str = "mm", **fields: Any) -> Path:
    image = nibabel.Nifti1Image(data, affine)
    image.header.set_xyzt_units(unit)
    for name, value in fields.items():
        image.header[name] = value
    nibabel.save(image, path)
    return path


def homeless(path: Path, data: np.ndarray) -> Path:
    """A volume that no affine places."""
    whole = save(path, data).read_bytes()
    codes = nibabel.load(path).header.template_dtype.fields
    patched = bytearray(whole)
    for name in ("qform_code", "sform_code"):
        begin = codes[name][1]
        patched[begin : begin + 2] = bytes(2)
    path.write_bytes(patched)
    return path


def test_a_volume_without_a_place_is_taken_voxel_on_voxel_and_said(tmp_path: Path, noise: np.ndarray) -> None:
    a, b = save(tmp_path / "a.nii", noise), homeless(tmp_path / "b.nii", 1 - noise)
    with pytest.warns(GridWarning, match=r"b\.nii: no place in space is given .* voxel on voxel"):
        fused = fuse_volumes(a, b, method="average", window_a="range:0,1", window_b="range:0,1", resample=True)
    np.testing.assert_allclose(fused.data, 0.5, atol=1e-6)


def test_a_volume_without_a_place_is_not_resampled(tmp_path: Path, noise: np.ndarray) -> None:
    a, b = save(tmp_path / "a.nii", noise), homeless(tmp_path / "b.nii", noise[:10])
    with pytest.raises(ValueError, match=r"b\.nii: no place in space .*, so nothing can be resampled, .* 2 x 2 x 2 mm"):
        fuse_volumes(a, b, resample=True)


@pytest.mark.parametrize("code", [7, 2 | 56])
def test_a_unit_that_nobody_knows_is_taken_as_mm(tmp_path: Path, noise: np.ndarray, code: int) -> None:
    volume = read_volume(save(tmp_path / "a.nii", noise, xyzt_units=code))
    np.testing.assert_array_equal(volume.affine, TWO_MM)
    np.testing.assert_array_equal(volume.slice(3), read_volume(save(tmp_path / "b.nii", noise)).slice(3))


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1e-3), ("micron", 1e3)])
def test_lengths_count_in_their_unit(tmp_path: Path, noise: np.ndarray, unit: str, factor: float) -> None:
    a = save(tmp_path / "a.nii", noise)
    b = save(tmp_path / "b.nii", noise, np.diag([2 * factor, 2 * factor, 2 * factor, 1]), unit)
    volume = read_volume(b)
    np.testing.assert_allclose(volume.voxel_size, 2, rtol=1e-5)
    fused = fuse_volumes(b, a, method="average")
    fused.to_nifti(tmp_path / "f.nii")
    back = nibabel.load(tmp_path / "f.nii")
    np.testing.assert_allclose(back.affine, TWO_MM, rtol=1e-5)
    assert back.header.get_xyzt_units()[0] == "mm"
    np.testing.assert_allclose(back.header.get_zooms(), 2, rtol=1e-5)


def test_metres_that_are_not_said_do_not_match(tmp_path: Path, noise: np.ndarray) -> None:
    b = save(tmp_path / "b.nii", noise, np.diag([0.002, 0.002, 0.002, 1]))
    with pytest.raises(ValueError, match="expected the grid of"):
        fuse_volumes(save(tmp_path / "a.nii", noise), b)


def test_coverage_is_counted_voxel_by_voxel(noise: np.ndarray) -> None:
    def at(shift: float, angle: float = 0.0) -> Volume:
        affine = TWO_MM.copy()
        c, s = np.cos(angle), np.sin(angle)
        affine[:2, :2] = 2 * np.array([[c, -s], [s, c]])
        affine[0, 3] = shift
        return Volume(noise, affine, nibabel.Nifti1Image(noise, affine).header)

    assert coverage(at(0), at(0)) == 1
    assert coverage(at(0), at(10)) == pytest.approx(15 / 20)
    assert coverage(at(0), at(40)) == 0
    # Turned by 45 degrees and pushed aside: the boxes around both overlap, the grids do not.
    assert coverage(at(0), at(75, np.pi / 4)) == 0


def test_boxes_that_overlap_are_not_enough(tmp_path: Path, noise: np.ndarray) -> None:
    turned = np.eye(4)
    turned[:2, :2] = 2 * np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    turned[2, 2], turned[0, 3] = 2, 75
    a, b = save(tmp_path / "a.nii", noise), save(tmp_path / "b.nii", noise, turned)
    with pytest.raises(ValueError, match="does not overlap"):
        fuse_volumes(a, b, resample=True)


def test_two_affines_that_disagree_are_said(tmp_path: Path, noise: np.ndarray) -> None:
    image = nibabel.Nifti1Image(noise, TWO_MM)
    moved = TWO_MM.copy()
    moved[0, 3] = 5
    image.header.set_qform(moved, 1)
    nibabel.save(image, tmp_path / "v.nii")
    with pytest.warns(GridWarning, match=r"up to 5 mm apart; the sform is used"):
        np.testing.assert_allclose(read_volume(tmp_path / "v.nii").affine, TWO_MM)


def test_a_header_is_never_read_as_voxels(tmp_path: Path, noise: np.ndarray) -> None:
    path = save(tmp_path / "v.nii", noise)
    patched = bytearray(path.read_bytes())
    patched[108:112] = np.float32(0).tobytes()
    path.write_bytes(patched)
    with pytest.raises(ImageFileError, match="begin at byte 0, inside the header, which ends at 352"):
        read_volume(path)


def test_large_whole_numbers_keep_their_differences(tmp_path: Path) -> None:
    steps = np.arange(np.prod(SHAPE), dtype=np.int32).reshape(SHAPE)
    path = save(tmp_path / "v.nii", steps + 2**30)
    window = f"range:{2**30},{2**30 + int(steps.max())}"
    fused = fuse_volumes(path, path, method="average", window_a=window, window_b=window)
    np.testing.assert_allclose(fused.data, steps / steps.max(), atol=1e-6)
    assert len(np.unique(fuse_volumes(path, path, method="average").data)) > 0.98 * steps.size


def test_a_result_does_not_say_whose_it_was(tmp_path: Path, noise: np.ndarray) -> None:
    image = nibabel.Nifti1Image(noise, TWO_MM)
    image.header.set_intent("t test", (10,), "Doe")
    for field in ("descrip", "aux_file", "db_name"):
        image.header[field] = b"Doe^John"
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"Doe^John"))
    nibabel.save(image, tmp_path / "a.nii")
    fuse_volumes(tmp_path / "a.nii", tmp_path / "a.nii", method="average").to_nifti(tmp_path / "f.nii")
    back = nibabel.load(tmp_path / "f.nii")
    assert b"Doe" not in (tmp_path / "f.nii").read_bytes()
    assert back.header["descrip"].item().decode() == DESCRIPTION
    assert back.header.get_intent() == ("none", (), "")
    assert b"Doe" in (tmp_path / "a.nii").read_bytes()


def test_a_small_file_that_unpacks_without_end_is_refused(tmp_path: Path, noise: np.ndarray) -> None:
    import gzip

    whole = save(tmp_path / "v.nii", noise).read_bytes()
    (tmp_path / "v.nii.gz").write_bytes(gzip.compress(whole + bytes(2**24)))
    with pytest.raises(ImageFileError, match="unpacks to far more than the volume in its header"):
        read_volume(tmp_path / "v.nii.gz")
