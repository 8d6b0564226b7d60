"""The shipped maps: the right brain in the right place, and the very files that the script makes."""

import gzip
import hashlib
import json

import numpy as np
import pytest

from medfuse_course.core.files import data_path
from medfuse_course.datasets.head import make_anatomy
from medfuse_course.datasets.head.anatomy import load_anatomy


@pytest.mark.parametrize(
    # Where atlases put these structures in MNI space, in mm.
    ("structure", "point", "tissue"),
    [
        ("splenium of the corpus callosum", (0, -38, 12), "white"),
        ("genu of the corpus callosum", (0, 28, 6), "white"),
        ("right centrum semiovale", (26, -10, 34), "white"),
        ("left head of the caudate nucleus", (-12, 14, 8), "gray"),
        ("right putamen", (26, 4, 2), "gray"),
        ("left insula", (-38, 6, 2), "gray"),
        ("left cerebellar cortex", (-30, -78, -36), "gray"),
        ("right lateral ventricle", (6, 12, 10), "fluid"),
        ("left atrium of the lateral ventricle", (-24, -44, 12), "fluid"),
    ],
)
def test_structures_lie_where_atlases_put_them(structure, point, tissue):
    at = [np.array([float(p)]) for p in point]
    anatomy = load_anatomy()
    parts = {"gray": float(anatomy.sample("gray", at)[0]), "white": float(anatomy.sample("white", at)[0])}
    parts["fluid"] = 1 - parts["gray"] - parts["white"]
    assert max(parts, key=parts.get) == tissue, (structure, parts)
    assert anatomy.sample("t1", at)[0] > 0.1


def test_the_maps_have_the_size_of_a_brain_and_are_fractions():
    anatomy = load_anatomy()
    voxel_ml = abs(np.linalg.det(anatomy.affine)) / 1000
    assert 1.7e3 < (anatomy.t1 > 0).sum() * voxel_ml < 2.0e3  # cerebrum, cerebellum, brain stem and ventricles, in ml
    assert (anatomy.gray.astype(int) + anatomy.white).max() <= 256  # 255 and rounding
    assert not ((anatomy.gray > 0) & (anatomy.t1 == 0)).any()


def test_no_dust_and_no_margin():
    anatomy = load_anatomy()
    for volume in (anatomy.t1, anatomy.gray, anatomy.white):
        assert volume[volume > 0].min() >= make_anatomy.DUST
        assert not volume[[0, -1]].any() and not volume[:, [0, -1]].any()


def test_sampling_is_linear_between_voxels_and_zero_outside():
    anatomy = load_anatomy()
    i, j, k = 70, 90, 40
    here = anatomy.affine @ [i, j, k, 1]
    x, y, z = (np.array([c, c, c]) for c in here[:3])
    x += [0, 0.25, 500]
    z += [0, 1.0, 0]  # half a plane up
    corner = anatomy.gray[i : i + 2, j, k : k + 2].astype(float) / 255
    expected = (0.75 * corner[0] + 0.25 * corner[1]).mean()
    np.testing.assert_allclose(anatomy.sample("gray", (x, y, z)), [anatomy.gray[i, j, k] / 255, expected, 0], atol=1e-6)
    assert anatomy.sample("gray", (x, y, z + 1000)).tolist() == [0, 0, 0]


def test_the_maps_are_shared_and_cannot_be_changed():
    assert load_anatomy() is load_anatomy()
    with pytest.raises(ValueError, match="read-only"):
        load_anatomy().t1[0, 0, 0] = 1


def test_the_manifest_has_the_digests_of_the_files():
    manifest = json.loads(data_path("anatomy", "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(data_path("anatomy", name).read_bytes()).hexdigest() == entry["sha256"]
    total = sum(data_path("anatomy", name).stat().st_size for name in manifest["files"])
    assert total < 3_000_000


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    pytest.importorskip("nilearn", reason="making the anatomy anew needs nilearn")
    folder = tmp_path_factory.mktemp("anatomy")
    make_anatomy.write_anatomy(folder)
    return folder


@pytest.mark.filterwarnings("ignore")  # nilearn's own
def test_the_script_makes_the_shipped_files_again(remade):
    for name in make_anatomy.FILES:
        shipped, new = data_path("anatomy", name).read_bytes(), (remade / name).read_bytes()
        assert gzip.decompress(new) == gzip.decompress(shipped), f"{name}: other content"
        if hashlib.sha256(new).digest() != hashlib.sha256(shipped).digest():
            pytest.skip(f"{name}: same content, but this zlib packs it differently")
    assert (remade / "manifest.json").read_bytes() == data_path("anatomy", "manifest.json").read_bytes()


def test_a_file_carries_no_date_and_no_name():
    content = make_anatomy.nifti_bytes(np.zeros((2, 2, 2), np.uint8), np.eye(4), "nothing")
    assert content[3] == 0  # gzip flags: no file name
    assert content[4:8] == bytes(4)  # gzip time stamp
    assert content == make_anatomy.nifti_bytes(np.zeros((2, 2, 2), np.uint8), np.eye(4), "nothing")
