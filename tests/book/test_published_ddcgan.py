"""What the chapter says of DDcGAN's own pictures, measured where they are; ours is not their network."""

import numpy as np
import pytest
from PIL import Image

from medfuse_course import evaluate, fuse
from medfuse_course.benchmark import aanlib_pairs
from medfuse_course.color import luma
from tests.book.conftest import CHAPTERS

METRICS = ("en", "sf", "mi", "qabf", "ssim", "vif")


@pytest.fixture(scope="module")
def pictures(aanlib_folder, published_folder):
    """MRI, PET and the authors' fused luminance of their nineteen slices; and where both sources are black."""

    def read(path, mode):
        return np.asarray(Image.open(path).convert(mode), dtype=np.float32) / 255

    found = []
    for file in sorted((published_folder / "peers" / "ddcgan" / "mri-pet").glob("*.png")):
        mri = read(aanlib_folder / "PET-MRI" / "MRI" / file.name, "L")
        pet = read(aanlib_folder / "PET-MRI" / "PET" / file.name, "RGB")
        found.append((mri, pet, read(file, "L"), (mri == 0) & (pet.max(axis=-1) == 0)))
    assert len(found) == 19
    return found


def _row(name, images, pictures):
    scores = [evaluate(f, mri, pet, METRICS) for f, (mri, pet, *_) in zip(images, pictures, strict=True)]
    lift = 255 * np.mean([f[black].mean() for f, (*_, black) in zip(images, pictures, strict=True)])
    means = " | ".join(f"{np.mean([one[metric] for one in scores]):.2f}" for metric in METRICS)
    return f"| {name} | {means} | {lift:.1f} |"


def test_the_page_has_the_scores_of_the_authors_pictures(pictures):
    page = (CHAPTERS / "gan" / "fusion_gans.md").read_text(encoding="utf8")
    authors = [f for *_, f, _ in pictures]
    cleaned = [np.where(black, np.float32(0), f) for *_, f, black in pictures]
    maximum = [fuse(mri, luma(pet), "maximum") for mri, pet, *_ in pictures]
    rows = [
        _row("the authors' pictures", authors, pictures),
        _row("the same, black where both sources are", cleaned, pictures),
        _row("maximum", maximum, pictures),
    ]
    assert [row for row in rows if row not in page] == []


def test_in_the_authors_pictures_the_brain_is_nearly_white_and_more_mri_than_pet(pictures):
    """What the page says of them in words; no picture of theirs is shown."""
    for mri, pet, fused, _ in pictures:
        gray = luma(pet)
        brain = (gray > 0.15) & (mri > 0.15)
        assert (fused[brain] > 0.9).mean() > 0.2
        assert (np.maximum(mri, gray)[brain] > 0.9).mean() < 0.02
        sources = np.stack([mri[brain], gray[brain], np.ones(brain.sum())], axis=1)
        of_mri, of_pet, _ = np.linalg.lstsq(sources, fused[brain], rcond=None)[0]
        assert 0 < of_pet < of_mri / 2


@pytest.mark.torch
def test_on_real_slices_our_networks_lift_the_air_by_as_little_as_the_page_says(aanlib_folder, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("MEDFUSE_DATA", str(aanlib_folder))
    lifts = {"fusiongan": [], "ddcgan": []}
    for task, cases in {"mri-ct": (37,), "mri-pet": (41,), "mri-spect": (35, 40)}.items():
        pairs = [spec.load() for spec in aanlib_pairs(f"aanlib/{task}", "test", cases)[::10]]
        for slug, of in lifts.items():
            found = [evaluate(fuse(p.a, p.b, slug), p.a, p.b, ["background_lift"]) for p in pairs]
            of.append(255 * np.mean([one["background_lift"] for one in found]))
    assert max(lifts["fusiongan"]) < 0.5
    assert min(lifts["ddcgan"]) > 0 and max(lifts["ddcgan"]) < 1
