"""Published pictures: found by their names where they lie, with the sources that they were made of."""

import numpy as np
import pytest

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.datasets import aanlib, published_pictures, read_image, write_image


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Pictures of three networks, what lies beside them, and a file that is none."""
    for name in ("peers/ddcgan/mri-pet/41045.png", "peers/ddcgan/mri-pet/41042.png", "peers/ddcgan/mri-ct/2003.png",
                 "emfusion/20007_fused.png", "emfusion/20007_mri.png", "peers/ddcgan/mri-pet/notes.txt",
                 "bsafusion/mri-spect/4007_aligned.png", "bsafusion/mri-spect/4007_moved.png"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            write_image(path, np.full((4, 5), 0.4 if "moved" in name else 0.2, np.float32))
        else:
            path.touch()
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(tmp_path))
    return tmp_path


def test_a_name_says_pair_case_and_slice(folder):
    found = [(p.pair, p.case, p.slice, p.split) for p in published_pictures("ddcgan")]
    assert found == [
        ("aanlib/mri-ct", 2, 3, "test"), ("aanlib/mri-pet", 41, 42, "test"), ("aanlib/mri-pet", 41, 45, "test"),
    ]  # fmt: skip
    (picture,) = published_pictures("emfusion")  # the MRI beside it is no fused picture
    assert (picture.pair, picture.case, picture.slice, picture.split) == ("aanlib/mri-ct", 20, 7, "train")
    assert picture.image() == pytest.approx(51 / 255) and picture.image().shape == (4, 5)
    assert published_pictures("matr") == ()
    (aligned,) = published_pictures("bsafusion")
    assert (aligned.pair, aligned.case, aligned.slice) == ("aanlib/mri-spect", 4, 7)
    assert aligned.image() == pytest.approx(51 / 255) and aligned.beside("moved") == pytest.approx(102 / 255)


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_folder_there_are_none(value, monkeypatch):
    monkeypatch.delenv("MEDFUSE_PUBLISHED", raising=False)
    if value is not None:
        monkeypatch.setenv("MEDFUSE_PUBLISHED", value)
    assert published_pictures("ddcgan") == ()


def test_a_folder_that_is_not_there_and_a_network_that_nobody_knows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match="MEDFUSE_PUBLISHED: expected a folder of pictures"):
        published_pictures("ddcgan")
    with pytest.raises(UnknownNameError, match="did you mean 'ddcgan'"):
        published_pictures("ddcgam")


def test_their_sources_are_those_that_the_authors_published_beside_them(aanlib_folder, published_folder, monkeypatch):
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    monkeypatch.setenv("MEDFUSE_PUBLISHED", str(published_folder))
    pictures = published_pictures("emfusion")
    assert len(pictures) == 4
    for picture in pictures:
        pair = picture.sources()
        for image, name in ((pair.a, "mri"), (pair.b, "ct")):
            theirs = read_image(picture.file.with_name(picture.file.name.replace("fused", name)))
            np.testing.assert_array_equal(image, theirs if theirs.ndim == 2 else theirs[..., 0])
        assert picture.case in aanlib.cases(picture.pair, "train")
