"""NIfTI volumes: nothing about the grid is lost, no slice is turned wrong, no damaged file gets through."""

import tracemalloc
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.processing import resample_from_to

from medfuse_course.datasets import load_pair
from medfuse_course.datasets.image_files import ImageFileError
from medfuse_course.datasets.nifti import write_volume
from medfuse_course.datasets.volume import GridWarning, Volume, grid_distance, grids_match, put_slice, resample_to
from medfuse_course.datasets.volume_files import read_volume

AFFINE = np.array([[-2.0, 0, 0, 30], [0, 1.5, 0, -20], [0, 0, 3, 7], [0, 0, 0, 1]])


def save(path: Path, data: np.ndarray, affine: np.ndarray = AFFINE, kind: type = nibabel.Nifti1Image) -> Path:
    nibabel.save(kind(data, affine), path)
    return path


def volume(data: np.ndarray, affine: np.ndarray = AFFINE, name: str = "v") -> Volume:
    return Volume(data, affine, nibabel.Nifti1Image(data, affine).header, name)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(3).normal(100, 30, (18, 20, 22)).astype(np.float32)


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_reads_what_nibabel_wrote(tmp_path: Path, ending: str, kind: type, noise: np.ndarray) -> None:
    v = read_volume(save(tmp_path / f"v.{ending}", noise, kind=kind))
    np.testing.assert_array_equal(v.array(), noise)
    np.testing.assert_array_equal(v.affine, AFFINE)
    np.testing.assert_allclose(v.voxel_size, [2, 1.5, 3])


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_stored_integers_are_scaled(tmp_path: Path, ending: str) -> None:
    stored = np.arange(4 * 3 * 2, dtype=np.int16).reshape(4, 3, 2)
    image = nibabel.Nifti1Image(stored, AFFINE)
    image.header.set_slope_inter(0.5, -1024)
    nibabel.save(image, tmp_path / f"v.{ending}")
    v = read_volume(tmp_path / f"v.{ending}")
    np.testing.assert_allclose(v.array(), stored * 0.5 - 1024)
    np.testing.assert_allclose(np.stack(list(v.slices())).max(), 23 * 0.5 - 1024)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SRA", "ILA", "PSR", "AIL"])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_slices_do_not_depend_on_the_order_of_the_voxels(codes: str, plane: str) -> None:
    data = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    ras = nibabel.Nifti1Image(data, np.diag([1.0, 2, 3, 1]))
    turn = nibabel.orientations.ornt_transform(
        nibabel.io_orientation(ras.affine), nibabel.orientations.axcodes2ornt(tuple(codes))
    )
    turned = ras.as_reoriented(turn)
    v, reference = volume(np.asarray(turned.dataobj), turned.affine), volume(data, ras.affine)
    cut = {tuple(s.ravel()) for s in reference.slices(plane)}
    assert {tuple(s.ravel()) for s in v.slices(plane)} == cut
    assert v.count(plane) == {"axial": 6, "coronal": 5, "sagittal": 4}[plane]


def test_slices_show_the_patient_as_a_radiologist_sees_him() -> None:
    data = np.zeros((4, 5, 6), np.float32)  # RAS: first axis to the right, second to the front, third up
    data[3, 4, 5] = 1  # the corner that is most right, anterior, superior
    v = volume(data, np.eye(4))
    assert v.slice(5, "axial").shape == (5, 4)
    assert v.slice(5, "axial")[0, 0] == 1  # anterior on top, the patient's right on the left
    assert v.slice(4, "coronal")[0, 0] == 1  # superior on top, right on the left
    assert v.slice(3, "sagittal")[0, 0] == 1  # superior on top, anterior on the left


@given(
    st.permutations([0, 1, 2]),
    st.tuples(*[st.sampled_from([-1, 1])] * 3),
    st.sampled_from(["axial", "coronal", "sagittal"]),
    st.tuples(*[st.integers(1, 5)] * 3),
)
def test_every_slice_goes_back_where_it_came_from(order: list[int], signs: tuple, plane: str, shape: tuple) -> None:
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) * signs)[order]
    v = volume(np.random.default_rng(0).random(shape, np.float32), affine)
    out = np.full(shape, np.nan, np.float32)
    for index, shown in enumerate(v.slices(plane)):
        put_slice(out, index, shown, v, plane)
    np.testing.assert_array_equal(out, v.array())


def test_oblique_volumes_are_cut_along_the_nearest_axis() -> None:
    c, s = np.cos(0.4), np.sin(0.4)
    affine = np.eye(4)
    affine[:3, :3] = [[1, 0, 0], [0, c, -s], [0, s, c]]
    v = volume(np.zeros((4, 5, 6), np.float32), affine)
    assert (v.count("sagittal"), v.count("coronal"), v.count("axial")) == (4, 5, 6)


def test_unknown_plane_is_suggested() -> None:
    with pytest.raises(ValueError, match=r"unknown plane 'axal'; did you mean 'axial'"):
        volume(np.zeros((2, 2, 2), np.float32)).slice(0, "axal")  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_written_volume_keeps_the_header(tmp_path: Path, ending: str, kind: type) -> None:
    source = kind(np.arange(24, dtype=np.int16).reshape(4, 3, 2), AFFINE)
    source.header["descrip"] = b"a T1 of somebody"
    source.header["cal_max"] = 4000
    source.set_sform(AFFINE, code="mni")
    source.set_qform(AFFINE, code="scanner")
    source.header.set_xyzt_units("mm", "sec")
    source.header.set_slope_inter(2, 10)
    nibabel.save(source, tmp_path / "a.nii")
    a = read_volume(tmp_path / "a.nii")
    data = np.random.default_rng(0).random((4, 3, 2), np.float32)
    write_volume(tmp_path / f"f.{ending}", data, a)
    back = nibabel.load(tmp_path / f"f.{ending}")
    assert type(back) is kind
    assert back.get_data_dtype() == np.float32
    np.testing.assert_array_equal(np.asarray(back.dataobj), data)
    np.testing.assert_array_equal(back.affine, AFFINE)
    for key in ("qform_code", "sform_code", "pixdim", "xyzt_units", "srow_x", "quatern_b", "qoffset_x"):
        np.testing.assert_array_equal(back.header[key], source.header[key], err_msg=key)
    assert (float(back.header["cal_min"]), float(back.header["cal_max"])) == (0, 1)


def test_writing_repeats_to_the_byte_and_leaves_the_header_alone(tmp_path: Path, noise: np.ndarray) -> None:
    a = read_volume(save(tmp_path / "a.nii.gz", noise))
    before = a.header.copy()
    for name in ("1.nii.gz", "2.nii.gz"):
        write_volume(tmp_path / name, noise, a)
    assert (tmp_path / "1.nii.gz").read_bytes() == (tmp_path / "2.nii.gz").read_bytes()
    assert a.header == before


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_is_exact(tmp_path: Path, i: int, j: int, k: int, packed: bool) -> None:
    data = np.random.default_rng(i + 7 * j + 49 * k).random((i, j, k), np.float32)
    path = tmp_path / ("v.nii.gz" if packed else "v.nii")
    write_volume(path, data, volume(data))
    np.testing.assert_array_equal(read_volume(path).array(), data)


def test_another_shape_or_ending_is_not_written(tmp_path: Path) -> None:
    like = volume(np.zeros((2, 3, 4), np.float32))
    with pytest.raises(ValueError, match=r"expected the grid of v, \(2, 3, 4\), got \(4, 3, 2\)"):
        write_volume(tmp_path / "x.nii", np.zeros((4, 3, 2), np.float32), like)
    with pytest.raises(ValueError, match=r"ends in \.nii or \.nii\.gz"):
        write_volume(tmp_path / "x.mgz", np.zeros((2, 3, 4), np.float32), like)
    assert not list(tmp_path.iterdir())


def test_a_failure_in_mid_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    like = volume(np.zeros((2, 3, 4), np.float32))
    write_volume(tmp_path / "x.nii.gz", np.zeros((2, 3, 4), np.float32), like)
    before = (tmp_path / "x.nii.gz").read_bytes()

    def half(_image: object, path: Path) -> None:
        path.write_bytes(b"half a volume")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nibabel, "save", half)
    with pytest.raises(OSError, match=r"x\.nii\.gz: could not be written \(No space left on device\)"):
        write_volume(tmp_path / "x.nii.gz", np.ones((2, 3, 4), np.float32), like)
    assert (tmp_path / "x.nii.gz").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.nii.gz"]


def _refused(path: Path, match: str) -> None:
    with pytest.raises(ImageFileError, match=match) as caught:
        read_volume(path).array()
    assert path.name in str(caught.value)


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_truncated_volumes_are_refused(tmp_path: Path, ending: str, noise: np.ndarray) -> None:
    data = save(tmp_path / f"v.{ending}", noise).read_bytes()
    for size in (10, 100, 348, 400, len(data) // 2, len(data) - 9):
        (tmp_path / f"part.{ending}").write_bytes(data[:size])
        _refused(tmp_path / f"part.{ending}", "not a whole NIfTI file")


@given(st.floats(0, 1), st.integers(1, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_wrong_byte_in_a_compressed_volume_is_noticed(tmp_path: Path, place: float, change: int) -> None:
    path = save(tmp_path / "v.nii.gz", np.random.default_rng(0).random((9, 8, 7), np.float32))
    data = bytearray(path.read_bytes())
    data[10 + int(place * (len(data) - 11))] ^= change  # behind the gzip header, which holds nothing that matters
    path.write_bytes(bytes(data))
    _refused(path, "not a whole NIfTI file")


def test_files_that_are_no_volume_are_refused(tmp_path: Path, noise: np.ndarray) -> None:
    (tmp_path / "text.nii").write_text("no volume" * 100)
    (tmp_path / "text.nii.gz").write_text("no volume" * 100)
    (tmp_path / "empty.nii").touch()
    (tmp_path / "scan.dcm").write_bytes(b"x" * 200)
    wrong = bytearray(save(tmp_path / "v.nii", noise).read_bytes())
    wrong[344:348] = b"xxxx"
    (tmp_path / "magic.nii").write_bytes(bytes(wrong))
    _refused(tmp_path / "text.nii", "not a whole NIfTI file")
    _refused(tmp_path / "text.nii.gz", "not a whole NIfTI file")
    _refused(tmp_path / "empty.nii", "the file is empty")
    _refused(tmp_path / "scan.dcm", "is not DICOM, whatever its name says")
    _refused(tmp_path / "magic.nii", "not a whole NIfTI file|expected NIfTI")
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_volume(tmp_path / "missing.nii")
    for file in tmp_path.glob("*.dcm"):
        file.unlink()
    with pytest.raises(ImageFileError, match="no DICOM file in this folder; .* or the name of one NIfTI file"):
        read_volume(tmp_path)


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    for ending in ("nii", "nii.gz"):
        path = save(tmp_path / f"v.{ending}", np.zeros((4, 4, 4), np.float32))
        header = bytearray(nibabel.load(path).header.binaryblock)
        header[42:48] = np.array([32767] * 3, "<i2").tobytes()
        header[108:112] = np.float32(352).tobytes()  # where its voxels begin; nibabel writes it when it saves
        image = bytes(header) + b"\0" * 300
        if ending == "nii":
            path.write_bytes(image)
        else:
            with nibabel.openers.Opener(str(path), "wb") as file:
                file.write(image)
        _refused(path, "expected 1 to .* voxels")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (np.zeros((4, 4, 4, 3), np.float32), "got 4-D.*cut out one volume"),
        (np.zeros((4, 4), np.float32), "got 2-D"),
        (np.zeros((4, 4, 4), np.complex64), "expected real numbers"),
        (np.zeros((4, 4, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")]), "expected real numbers"),
        (np.full((4, 4, 4), np.nan, np.float32), "NaN or infinite"),
        (np.full((4, 4, 4), np.inf, np.float32), "NaN or infinite"),
    ],
)
@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_volumes_of_something_else_are_refused(tmp_path: Path, data: np.ndarray, match: str, ending: str) -> None:
    _refused(save(tmp_path / f"v.{ending}", data), match)


def test_a_singular_affine_is_refused(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((3, 3, 3), np.float32), np.eye(4))
    image.header["srow_z"], image.header["sform_code"], image.header["qform_code"] = 0, 1, 0
    image.header["vox_offset"] = 352
    (tmp_path / "v.nii").write_bytes(image.header.binaryblock + b"\0" * 4 + bytes(108))
    _refused(tmp_path / "v.nii", "affine does not place|not a whole")


def test_grids_are_compared_in_mm() -> None:
    a = volume(np.zeros((100, 100, 50), np.float32), np.diag([1.0, 1, 2, 1]))
    shifted, turned = a.affine.copy(), a.affine.copy()
    shifted[0, 3] = 0.5
    turned[0, 1] = 0.002  # small in the matrix, 0.2 mm at the far corner
    rounded = (a.affine.astype(np.float32) * np.float32(1 + 1e-6)).astype(np.float64)
    assert grids_match(a, volume(a.data, rounded))
    assert not grids_match(a, volume(a.data, shifted))
    assert not grids_match(a, volume(a.data, turned))
    assert not grids_match(a, volume(np.zeros((100, 100, 49), np.float32), a.affine))
    assert grid_distance(a, volume(a.data, shifted)) == pytest.approx(0.5)
    assert grid_distance(a, volume(a.data, turned)) == pytest.approx(0.198)


def test_resampling_agrees_with_nibabel() -> None:
    y, x, z = np.mgrid[:14, :12, :10] / 14
    b = volume((1000 * np.sin(3 * x + 2 * y) * z).astype(np.float32), np.diag([2.0, 2, 2, 1]), "b")
    c, s = np.cos(0.3), np.sin(0.3)
    affine = np.array([[c, -s, 0, 4], [s, c, 0, 3], [0, 0, 1, 2], [0, 0, 0, 1.0]])
    a = volume(np.zeros((16, 15, 14), np.float32), affine, "a")
    ours = resample_to(b, a)
    theirs = resample_from_to(nibabel.Nifti1Image(b.data, b.affine), (a.shape, a.affine), order=1, cval=np.nan)
    inside = np.isfinite(np.asarray(theirs.dataobj))
    assert 0.3 < inside.mean() < 1
    np.testing.assert_allclose(ours.array()[inside], np.asarray(theirs.dataobj)[inside], atol=1e-2)
    assert grids_match(ours, a)


def test_resampling_reproduces_a_plane_in_space() -> None:
    b_affine = np.array([[0, 0, 2.0, -5], [-1.5, 0, 0, 9], [0, 1, 0, -4], [0, 0, 0, 1]])
    index = np.indices((20, 30, 20)).reshape(3, -1)
    x, y, z = b_affine[:3, :3] @ index + b_affine[:3, 3:]
    b = volume((x + 2 * y - 3 * z).reshape(20, 30, 20).astype(np.float32), b_affine, "b")
    a_affine = np.array([[1.0, 0, 0, 0], [0, 1, 0, -10], [0, 0, 1, 1], [0, 0, 0, 1]])
    a = volume(np.zeros((6, 7, 8), np.float32), a_affine, "a")
    x, y, z = a_affine[:3, :3] @ np.indices(a.shape).reshape(3, -1) + a_affine[:3, 3:]
    np.testing.assert_allclose(resample_to(b, a).array().ravel(), x + 2 * y - 3 * z, atol=1e-4)


def test_resampling_onto_its_own_grid_changes_nothing_even_at_the_border(noise: np.ndarray) -> None:
    c, s = np.cos(0.7), np.sin(0.7)
    affine = np.array([[c, -s, 0, 0.1], [s, c, 0, 0.3], [0, 0, 1.1, 0.7], [0, 0, 0, 1]])
    np.testing.assert_allclose(resample_to(volume(noise, affine), volume(noise, affine)).array(), noise, atol=1e-3)


def test_what_is_not_covered_becomes_the_smallest_value() -> None:
    b = volume(np.full((8, 8, 8), 40, np.float32), np.eye(4), "ct")
    b.data[0, 0, 0] = -1024
    far = np.eye(4)
    far[:3, 3] = 4
    with pytest.warns(GridWarning, match=r"ct: covers 12.5% of the voxels of v"):
        brought = resample_to(b, volume(np.zeros((8, 8, 8), np.float32), far))
    assert brought.array()[-1, -1, -1] == -1024
    assert brought.covered == 0.125


def test_volumes_that_do_not_overlap_are_refused() -> None:
    far = AFFINE.copy()
    far[2, 3] += 1000
    data = np.zeros((8, 8, 8), np.float32)
    with pytest.raises(ValueError, match=r"ct: does not overlap mri in space; register"):
        resample_to(volume(data, far, "ct"), volume(data, AFFINE, "mri"))


def test_an_uncompressed_volume_is_not_loaded_to_read_a_slice(tmp_path: Path) -> None:
    path = save(tmp_path / "v.nii", np.zeros((128, 128, 64), np.int16))  # 2 MiB on disk, 4 MiB as float32
    tracemalloc.start()
    read_volume(path).slice(5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5e6


def test_a_compressed_volume_stays_in_its_stored_type(tmp_path: Path) -> None:
    path = save(tmp_path / "v.nii.gz", np.zeros((128, 128, 64), np.int16))
    tracemalloc.start()
    v = read_volume(path)
    tracemalloc.reset_peak()
    for _ in v.slices():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3.5e6  # 2 MiB of int16, and one slice in floats; all of it in float32 would be 4 MiB more


def test_a_slice_of_the_phantom_is_shown_as_the_phantom_shows_it() -> None:
    pair = load_pair("head/mri-ct")
    assert pair.affine is not None
    v = volume(pair.a[:, :, None], pair.affine)
    np.testing.assert_array_equal(v.slice(0), pair.a)
    turn = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 255], [0, 0, 1, 0], [0, 0, 0, 1]])  # (i, j) -> (j, 255 - i)
    stored = volume(pair.a.T[::-1, :, None], pair.affine @ turn)  # the same voxels, in another order
    np.testing.assert_array_equal(stored.slice(0), pair.a)
