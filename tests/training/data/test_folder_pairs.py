"""A reader's own folder: pairs found, split by subject, cut; what is missing or does not fit is named."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from PIL import Image  # noqa: E402

from medfuse_course.core.random import generator  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.datasets.image_files import ImageFileError, read_image, write_image  # noqa: E402
from medfuse_course.training import Budget, FolderPairs, FusionStep, Phase, Recipe, train  # noqa: E402

BUDGET = Budget(steps=4, batch=4, patch=24, pool=3, refresh=2)


def image(*stream, height=40, width=50):
    return generator(0, "own", *stream).random((height, width), dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    """Pictures of five subjects, two slices each, every subject of another size."""
    for side in "ab":
        (tmp_path / side).mkdir()
        for subject in range(5):
            for number in range(2):
                picture = image(side, subject, number, height=30 + subject, width=44 - subject)
                write_image(tmp_path / side / f"p{subject}_{number}.png", picture)
    return tmp_path


def test_batches_have_gray_patches_of_pairs_and_repeat(folder):
    data = FolderPairs(folder, swap=False)
    first, again = (data.batch(0, 1, BUDGET, slice(None)) for _ in range(2))
    assert first["a"].shape == first["b"].shape == (4, 1, 24, 24) and first["a"].dtype == torch.float32
    assert all(torch.equal(first[name], again[name]) for name in "ab")
    rows = [data.batch(0, 1, BUDGET, part) for part in (slice(0, 3), slice(3, 4))]
    assert torch.equal(torch.cat([part["b"] for part in rows]), first["b"])
    assert not torch.equal(first["a"], data.batch(0, 2, BUDGET, slice(None))["a"])
    assert not torch.equal(first["a"], data.batch(1, 1, BUDGET, slice(None))["a"])
    assert data.validation(BUDGET)["a"].shape == (16, 1, 24, 24)


def subjects(data, split):
    return {name.partition("_")[0] for name in data.files(split)}


def test_whole_subjects_are_held_out_and_stay_so(folder):
    data = FolderPairs(folder)
    assert len(data.files("val")) == 2 and len(data.files("train")) == 8
    assert subjects(data, "train") | subjects(data, "val") == {f"p{k}" for k in range(5)}
    assert not subjects(data, "train") & subjects(data, "val")
    assert len(subjects(FolderPairs(folder, held_out=0.6), "val")) == 3
    one_by_one = FolderPairs(folder, subject=".*", held_out=0.5)
    assert len(one_by_one.files("val")) == 5


def test_subfolders_say_which_is_which(folder, tmp_path):
    for split, name in (("train", "x"), ("val", "y")):
        for side in "ab":
            (folder / split / side).mkdir(parents=True)
            write_image(folder / split / side / f"{name}.png", image(side, name))
    data = FolderPairs(folder)
    assert (list(data.files("train")), list(data.files("val"))) == (["x"], ["y"])


def test_a_star_stands_for_the_name(tmp_path):
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        write_image(tmp_path / name / "mri.png", image(name, "a"))
        write_image(tmp_path / name / "pet.npy", image(name, "b"))
        write_image(tmp_path / f"{name}-mri.png", image(name, "a"))
        Image.fromarray((255 * image(name, "b")).astype(np.uint8)).save(tmp_path / f"{name}-pet.tif")
    for a, b in (("*/mri.png", "*/pet.npy"), ("*-mri.png", "*-pet.tif")):
        data = FolderPairs(tmp_path, a, b)
        assert sorted([*data.files("train"), *data.files("val")]) == ["p1", "p2"]
        assert data.batch(0, 0, BUDGET, slice(None))["b"].std() > 0.05


def test_color_counts_by_its_luma(tmp_path):
    rgb = np.zeros((30, 30, 3), np.float32)
    rgb[..., 1] = 1
    for k in "xy":
        for side in "ab":
            (tmp_path / side).mkdir(exist_ok=True)
            write_image(tmp_path / side / f"{k}.png", rgb)
    batch = FolderPairs(tmp_path).batch(0, 0, BUDGET, slice(None))
    assert batch["a"].shape == (4, 1, 24, 24)
    assert batch["a"].max() < 1


@pytest.fixture
def volumes(tmp_path):
    """Two subjects, 5 slices each, of which the middle three show something."""
    nibabel = pytest.importorskip("nibabel")
    for side in "ab":
        (tmp_path / side).mkdir()
        for subject in "xy":
            voxels = np.zeros((32, 34, 5), np.float32)
            voxels[..., 1:4] = 1000 * image(side, subject, height=32, width=34)[..., None]
            nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), tmp_path / side / f"{subject}.nii.gz")
    return tmp_path


def test_volumes_give_slices_that_show_something_in_one_window(volumes):
    data = FolderPairs(volumes, window_a="range:0,2000", swap=False)
    batch = data.batch(0, 0, BUDGET, slice(None))
    assert batch["a"].std() > 0.05 and batch["a"].min() >= 0 and batch["b"].max() <= 1
    from medfuse_course.training.data import folder_pairs

    view = folder_pairs._View.of(*data.files("train").popitem()[1], ("range:0,2000", None, False, "axial"))
    assert folder_pairs._shown(view) == (1, 2, 3)
    a, b = folder_pairs._read(view, 2)
    assert a.max() <= 0.5 < b.max()


def test_a_changed_picture_is_read_again_and_is_another_run(folder):
    data = FolderPairs(folder, swap=False)
    before, said = data.batch(0, 0, Budget(1, patch=24, pool=8), slice(None))["a"], data.identity()
    assert said == FolderPairs(folder).identity()
    for path in (folder / "a").iterdir():
        write_image(path, 0.5 * read_image(path))
    assert not torch.equal(before, data.batch(0, 0, Budget(1, patch=24, pool=8), slice(None))["a"])
    assert data.identity() != said


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda f: (f / "b" / "p3_1.png").unlink(), FileNotFoundError, r"p3_1\.png: no partner b/p3_1 beside it"),
        (lambda f: (f / "a" / "p3_1.png").unlink(), FileNotFoundError, r"b/p3_1\.png: no partner a/p3_1"),
        (lambda f: write_image(f / "b" / "p3_1.png", image("x")), ImageFileError, r"b/p3_1\.png: expected 33 x 41"),
        (lambda f: write_image(f / "b" / "p3_1.npy", image("x")), ImageFileError, "two files of one name"),
        (lambda f: (f / "a" / "p3_1.png").write_bytes(b"nothing"), ImageFileError, r"a/p3_1\.png: not an image"),
        (lambda f: [p.unlink() for p in f.glob("*/*")], FileNotFoundError, r"no images a/\* and b/\*"),
        (lambda f: [p.unlink() for p in f.glob("*/p[1-4]*")], ValueError, "got those of 'p0' alone"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_named(folder, spoil, kind, words):
    spoil(folder)
    with pytest.raises(kind, match=words):
        for split in ("train", "val"):
            FolderPairs(folder)._pool(split, np.random.default_rng(0), Budget(1, patch=24, pool=10))


def test_patches_larger_than_an_image_name_it(folder):
    with pytest.raises(ValueError, match=r"a/p\d_\d\.png: 3\d x 4\d pixels are too few for patches of 48; lower"):
        FolderPairs(folder).batch(0, 0, Budget(1, patch=48), slice(None))


def test_a_picture_beside_a_volume_is_named(volumes):
    write_image(volumes / "a" / "z.png", image("z"))
    (volumes / "b" / "z.nii.gz").write_bytes((volumes / "b" / "x.nii.gz").read_bytes())
    with pytest.raises(ImageFileError, match=r"z\.png: expected two pictures or two volumes, got z\.nii\.gz"):
        for split in ("train", "val"):
            FolderPairs(volumes)._pool(split, np.random.default_rng(0), BUDGET)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"a": "a"}, "a: expected one \\* for the name"),
        ({"b": "*/*"}, "b: expected one \\*"),
        ({"held_out": 0.0}, "held_out: expected a share"),
    ],
)
def test_what_names_no_pairs_is_said(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        FolderPairs(tmp_path, **options)
    with pytest.raises(FileNotFoundError, match="folder: expected a folder of images"):
        FolderPairs(tmp_path / "nowhere").files("train")


def test_an_own_network_learns_from_an_own_folder_in_twenty_lines(tmp_path):
    for seed in range(3):
        pair = load_pair("head/mri-ct", seed=seed, slice=25)
        for side in "ab":
            (tmp_path / side).mkdir(exist_ok=True)
            write_image(tmp_path / side / f"p{seed}.png", getattr(pair, side))

    class Mine(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = torch.nn.Conv2d(2, 1, 3, padding=1)

        def forward(self, a, b):
            return self.mix(torch.cat([a, b], dim=1))

    def step(network):
        return FusionStep(network, lambda f, a, b: {"max": (f - torch.maximum(a, b)).abs().mean()})

    budget = Budget(steps=60, patch=32, check_every=20)
    mine = Recipe("mine", Mine, FolderPairs(tmp_path), (Phase("fuse", step, 1, 1e-2),), budget)
    history = train(mine).history
    assert history[-1].validation["max"] < 0.8 * history[0].validation["max"]


def test_another_image_of_the_same_size_is_another_identity(folder):
    (folder / "b" / "p0_0.png").unlink()
    path = folder / "b" / "p0_0.npy"
    np.save(path, image("new", height=30, width=44))
    before = FolderPairs(folder).identity()
    assert FolderPairs(folder).identity() == before
    np.save(path, image("newer", height=30, width=44))
    assert FolderPairs(folder).identity() != before


def test_swap_is_no_word(folder):
    with pytest.raises(TypeError, match="swap: expected True or False, got 'false'"):
        FolderPairs(folder, swap="false")
