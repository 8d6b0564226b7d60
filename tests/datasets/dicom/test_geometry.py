"""Where the slices lie: against the grid that they were written from, nibabel's formulas, and ITK's reader."""

import warnings

import nibabel
import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom", reason="pydicom is not installed: pip install 'medfuse-course[dicom]'")

from medfuse_course.datasets import read_volume  # noqa: E402
from medfuse_course.datasets.image_files import ImageFileError  # noqa: E402
from medfuse_course.datasets.volume import GridWarning  # noqa: E402
from tests.dicom_series import around, body, datasets, save, turned, write_series  # noqa: E402

SHAPE = (40, 36, 22)
GRIDS = {
    "axial, as most scanners write": np.diag([-1.5, -1.2, 2.0, 1.0]),
    "from head to feet": np.diag([-1.5, -1.2, -2.0, 1.0]),
    "coronal": np.array([[-1.5, 0, 0, 0], [0, 0, 2.0, 0], [0, -1.2, 0, 0], [0, 0, 0, 1]]),
    "sagittal": np.array([[0, 0, 2.0, 0], [-1.5, 0, 0, 0], [0, -1.2, 0, 0], [0, 0, 0, 1]]),
    "oblique": turned((20, -15, 30), (1.5, 1.2, 2.0)),
    "oblique, steep": turned((-60, 40, 110), (1.1, 1.6, 1.9)),
}


@pytest.fixture(params=GRIDS.values(), ids=GRIDS)
def grid(request):
    """An affine in RAS around the body, right-handed in the order column, row, slice of its DICOM."""
    return around(request.param, SHAPE)


def middle_of(volume, low, high):
    """Mean place in mm of the voxels between two values."""
    values = volume.array()
    voxels = np.argwhere((values > low) & (values < high))
    return (volume.affine @ np.c_[voxels, np.ones(len(voxels))].T)[:3].mean(axis=1)


def test_a_voxel_is_where_it_was_written(tmp_path, grid):
    truth = body(grid, SHAPE)
    volume = read_volume(write_series(tmp_path / "s", truth, grid, "MR"))
    places = np.array([[0, 0, 0], [39, 0, 0], [0, 35, 0], [0, 0, 21], [39, 35, 21]])
    given = places @ grid[:3, :3].T + grid[:3, 3]
    # Slices are kept in the direction of the normal that the header's directions give; a grid may run against it.
    found = {tuple(np.rint(np.linalg.solve(volume.affine, [*p, 1])[:3]).astype(int)) for p in given}
    np.testing.assert_allclose(
        [np.linalg.norm((volume.affine @ [*v, 1])[:3] - given, axis=1).min() for v in found], 0, atol=1e-3
    )
    for place, at in zip(places, given, strict=True):
        voxel = np.rint(np.linalg.solve(volume.affine, [*at, 1])[:3]).astype(int)
        assert volume.array()[tuple(voxel)] == truth[tuple(place)]


def test_nifti_and_dicom_of_one_body_lie_in_one_place(tmp_path, grid):
    truth = body(grid, SHAPE)
    nibabel.save(nibabel.Nifti1Image(truth, grid), tmp_path / "v.nii")
    one, other = read_volume(tmp_path / "v.nii"), read_volume(write_series(tmp_path / "s", truth, grid, "MR"))
    for low, high, middle in ((600, 800, (12, 6, 20)), (200, 400, (-10, -8, 8))):
        np.testing.assert_allclose(middle_of(other, low, high), middle_of(one, low, high), atol=1e-3)
        np.testing.assert_allclose(middle_of(other, low, high), middle, atol=0.5)
    for plane in ("axial", "coronal", "sagittal"):
        k = one.count(plane) // 2
        same = [np.abs(one.slice(k, plane) - other.slice(j, plane)).max() for j in (k, one.count(plane) - 1 - k)]
        assert min(same) == 0


def test_the_affine_is_that_of_nibabels_formulas(tmp_path, grid):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # when it is imported first, it says that it is experimental
        from nibabel.nicom.dicomwrappers import wrapper_from_data
    written = datasets(body(grid, SHAPE), grid, "MR")
    volume = read_volume(write_series(tmp_path / "s", body(grid, SHAPE), grid, "MR"))
    # nibabel's wrapper: voxels (row, column) of one slice to LPS
    first, last = (wrapper_from_data(written[k]).affine for k in (0, -1))
    rows_first = np.diag([-1, -1, 1, 1]) @ first
    ends = [np.diag([-1, -1, 1, 1]) @ m @ [0, 0, 0, 1] for m in (first, last)]
    mine = [volume.affine @ [0, 0, k, 1] for k in (0, SHAPE[2] - 1)]
    mine = mine if np.linalg.norm(mine[0] - ends[0]) < 1 else mine[::-1]
    np.testing.assert_allclose(mine, ends, atol=1e-3)
    np.testing.assert_allclose(volume.affine[:3, 1], rows_first[:3, 0], atol=1e-6)
    np.testing.assert_allclose(volume.affine[:3, 0], rows_first[:3, 1], atol=1e-6)


def test_places_and_values_are_those_of_itk(tmp_path, grid):
    sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    folder = write_series(tmp_path / "s", body(grid, SHAPE), grid, "PT")
    volume = read_volume(folder, suv=False)
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names, sitk.sitkFloat64)
    assert image.GetSize() == SHAPE
    for voxel in ((0, 0, 0), (39, 0, 0), (5, 35, 21)):
        at = np.array([-1, -1, 1]) * image.TransformIndexToPhysicalPoint(voxel)
        np.testing.assert_allclose((volume.affine @ [*voxel, 1])[:3], at, atol=1e-3)
    np.testing.assert_allclose(volume.array(), sitk.GetArrayFromImage(image).T, rtol=1e-6)


def test_a_hand_computed_affine(tmp_path):
    # two slices 4 mm apart toward the head; columns run to the patient's left, rows to the back
    flat = np.zeros((3, 2, 2), np.int16)
    grid = np.array([[-0.5, 0, 0, 30], [0, -0.8, 0, 20], [0, 0, 4, -100], [0, 0, 0, 1.0]])
    written = datasets(flat, grid)
    assert list(written[1].ImagePositionPatient) == [-30, -20, -96]
    assert (list(written[0].ImageOrientationPatient), list(written[0].PixelSpacing)) == ([1, 0, 0, 0, 1, 0], [0.8, 0.5])
    volume = read_volume(write_series(tmp_path / "s", flat, grid))
    np.testing.assert_allclose(volume.affine, grid, atol=1e-12)
    assert volume.shape == (3, 2, 2)


def _moved(grid, where):
    """A series of which `where` changes the positions, given the index of the slice."""
    lps = np.diag([-1, -1, 1, 1]) @ grid

    def position(k):
        return [round(float(v), 4) for v in where(k, lps[:3, 3] + k * lps[:3, 2])]

    return position


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (lambda k, p: p + np.array([0, 0, 2.0 * (k > 9)]), r"\(1 of 23\).* lie 4 mm apart, most others 2 mm"),
        (lambda k, p: p + np.array([0, 0, 4.0 * (k > 9)]), r"slices are missing \(2 of 24\)"),
        (lambda k, p: p + np.array([0, 0, 0.9 * (k > 9)]), "unequal steps, from 2 to 2.9 mm"),
        (lambda k, p: p + np.array([0, 0, 0.01 * k * k]), "unequal steps, from 2.0"),
        (lambda k, p: p - np.array([0, 0, 2.0 * (k == 5)]), "two slices at one place, im0"),
        (lambda k, p: p - np.array([0, 0, 2.0 * (k % 2)]), "2 slices at each of 11 places, as of several times"),
        (lambda k, p: p * 0, "22 slices at each of 1 places"),
        (lambda k, p: p + np.array([3.0 * (k == 7), 0, 0]), "shifted against each other by unequal amounts"),
    ],
)
def test_slices_that_are_no_volume_are_refused(tmp_path, where, said):
    grid = around(GRIDS["axial, as most scanners write"], SHAPE)
    folder = write_series(tmp_path / "s", body(grid, SHAPE), grid, ImagePositionPatient=_moved(grid, where))
    with pytest.raises(ImageFileError, match=said):
        read_volume(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ImageOrientationPatient": lambda k: [1, 0, 0, 0, 1, 0] if k else [1, 0, 0, 0, 0, -1]}, "not parallel"),
        ({"PixelSpacing": lambda k: [1.2, 1.5] if k else [1.2, 1.4]}, "pixels have different sides"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "no two unit vectors at a right angle"),
        ({"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]}, "no two unit vectors at a right angle"),
        ({"PixelSpacing": [0, 1.5]}, "a side that is not above 0 mm"),
    ],
)
def test_slices_that_differ_are_refused(tmp_path, changes, said):
    grid = around(GRIDS["axial, as most scanners write"], SHAPE)
    with pytest.raises(ImageFileError, match=said):
        read_volume(write_series(tmp_path / "s", body(grid, SHAPE), grid, **changes))


def test_positions_rounded_to_a_tenth_are_even_enough(tmp_path):
    grid = around(np.diag([-1.5, -1.2, 3.27, 1.0]), SHAPE)
    rounded = _moved(grid, lambda k, p: np.round(p, 1))
    volume = read_volume(write_series(tmp_path / "s", body(grid, SHAPE), grid, ImagePositionPatient=rounded))
    assert volume.voxel_size[2] == pytest.approx(3.27, abs=0.01)


def test_a_tilted_gantry_is_said_and_stays_in_the_affine(tmp_path):
    grid = around(GRIDS["axial, as most scanners write"], SHAPE)
    tilted = _moved(grid, lambda k, p: p + np.array([0, 0.5 * k, 0]))
    folder = write_series(tmp_path / "s", body(grid, SHAPE), grid, ImagePositionPatient=tilted)
    # tan 14.04 degrees = 0.5 mm aside for 2 mm up
    with pytest.warns(GridWarning, match="14.0 degrees off their normal"):
        volume = read_volume(folder)
    np.testing.assert_allclose(volume.affine[:3, 2], [0, -0.5, 2], atol=1e-6)


def test_every_second_slice_is_asked_about(tmp_path):
    grid = around(GRIDS["axial, as most scanners write"], SHAPE)
    folder = write_series(tmp_path / "s", body(grid, SHAPE), grid, SliceThickness=1.0)
    with pytest.warns(GridWarning, match="slices lie 2 mm apart and are 1 mm thick"):
        read_volume(folder)


def test_one_slice_is_as_thick_as_it_says(tmp_path):
    grid = around(GRIDS["oblique"], (6, 5, 1))
    one = datasets(np.ones((6, 5, 1), np.int16), grid)[0]
    with pytest.warns(GridWarning, match="one slice of 2 mm"):
        volume = read_volume(save(one, tmp_path / "one.dcm"))
    np.testing.assert_allclose(volume.affine, grid, atol=1e-4)
    del one.SliceThickness
    with pytest.raises(ImageFileError, match=r"no SliceThickness \(0018,0050\)"):
        read_volume(save(one, tmp_path / "two.dcm"))
