"""What the chapter says of the tint of MMIF-INet, measured where its authors' pictures are: theirs are nearly gray."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from PIL import Image  # noqa: E402

from medfuse_course import fuse  # noqa: E402
from medfuse_course.color import rgb_to_lab  # noqa: E402
from tests.book.conftest import CHAPTERS  # noqa: E402

PICTURES = {"PET": ("30065", "30095", "41077", "41081"), "SPECT": ("25010",)}


@pytest.fixture(scope="module")
def pictures(aanlib_folder, published_folder):
    """MRI, colored partner and the authors' fused picture of their five pairs."""

    def read(path, mode):
        return np.asarray(Image.open(path).convert(mode), dtype=np.float32) / 255

    return [
        (
            read(aanlib_folder / f"{kind}-MRI" / "MRI" / f"{number}.png", "L"),
            read(aanlib_folder / f"{kind}-MRI" / kind / f"{number}.png", "RGB"),
            read(published_folder / "peers" / "mmif_inet" / f"mri-{kind.lower()}" / f"{number}.jpg", "RGB"),
        )
        for kind, numbers in PICTURES.items()
        for number in numbers
    ]


def _only_mri(mri, color):
    """Where the partner is black and the MRI is not."""
    return (mri > 0.2) & (color.max(axis=-1) < 0.03)


def _chroma(image, where):
    return float(np.hypot(*rgb_to_lab(image)[where, 1:].T).mean())


def test_the_authors_pictures_are_gray_where_only_the_mri_shows_and_ours_are_lilac(pictures):
    page = (CHAPTERS / "cnn" / "unsupervised_and_invertible.md").read_text(encoding="utf8")
    of_authors, of_course = [], []
    for mri, color, published in pictures:
        where, ours = _only_mri(mri, color), fuse(mri, color, "mmif_inet")
        for image, found in ((published, of_authors), (ours, of_course)):
            found.append((_chroma(image, where), float(image[where].mean() / mri[where].mean())))
        green_red, blue_yellow = rgb_to_lab(ours)[where, 1:].mean(axis=0)
        assert green_red > 3 and blue_yellow < -3
    for name, found in (("the authors' pictures", of_authors), ("MMIF-INet as trained for this course", of_course)):
        chroma, kept = zip(*found, strict=True)
        row = f"| {name} | {min(chroma):.1f} to {max(chroma):.1f} | {min(kept):.2f} to {max(kept):.2f} |"
        assert row in page
    assert min(of_course)[0] > 2 * max(of_authors)[0]
