"""What the chapter says of IFCNN, measured with its authors' weights where they are: ours is not their network."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from PIL import Image  # noqa: E402
from scipy.ndimage import gaussian_filter  # noqa: E402

from medfuse_course import evaluate, fuse, load_pair  # noqa: E402
from medfuse_course.methods.cnn import ifcnn  # noqa: E402
from tests.book.conftest import CHAPTERS  # noqa: E402

METRICS = ("qabf", "ssim", "vif")


@pytest.fixture(scope="module")
def pairs(published_folder):
    """Both sources and the fused picture of the authors' eight medical pairs."""

    def gray(number, kind):
        picture = Image.open(published_folder / "ifcnn" / f"c{number:02d}_{kind}.png").convert("L")
        return np.asarray(picture, dtype=np.float32) / 255

    return [tuple(gray(number, kind) for kind in ("1", "2", "fused")) for number in range(1, 9)]


@pytest.fixture(scope="module")
def authors(published_folder):
    network = ifcnn.build("paper")
    network.load_state_dict(ifcnn.read_published(published_folder / "ifcnn" / "weights_max.safetensors"))
    return network.eval()


def test_with_the_authors_weights_our_layers_give_their_eight_pictures(pairs, authors):
    """Bytes as their code makes them: color cut off, then integer luma. A sum on a limit may fall either way."""
    for a, b, published in pairs:
        with torch.no_grad():
            color = authors.in_color(*(torch.from_numpy(x)[None, None] for x in (a, b)))[0].clamp(0, 1).numpy()
        red, green, blue = np.floor(255 * color + 1e-4).astype(np.int64)
        gray = (4899 * red + 9617 * green + 1868 * blue + 2**13) >> 14
        away = np.abs(gray - np.rint(255 * published))
        assert away.max() <= 1 and (away > 0).mean() < 2e-4


def test_what_the_library_fuses_is_within_two_gray_levels_of_them(pairs, authors):
    """Theirs were cut off to bytes, before and after luma; ours stay numbers."""
    a, b, published = pairs[1]
    assert 255 * np.abs(fuse(a, b, authors, black=False) - published).max() < 1.6


def _kept(image, a, b):
    """Brightness left where the other source is black; None where there are hardly any such pixels."""
    where = (np.maximum(a, b) > 0.2) & (np.minimum(a, b) < 0.02)
    return float(image[where].mean() / np.maximum(a, b)[where].mean()) if where.sum() > 100 else None


def _slopes(images, pairs):
    """Of the fused gray over the source's gray, in steps of a tenth, where the other source is black."""
    lone = [np.minimum(a, b) < 0.02 for a, b, _ in pairs]
    gray = np.concatenate([np.maximum(a, b)[where] for where, (a, b, _) in zip(lone, pairs, strict=True)])
    fused = np.concatenate([f[where] for where, f in zip(lone, images, strict=True)])
    steps = [np.floor(10 * gray.clip(0, 0.999)) == k for k in range(1, 10)]
    return np.diff([fused[k].mean() for k in steps]) / np.diff([gray[k].mean() for k in steps])


def _passed_on(method, head, anatomy):
    """As the page defines it: the share of a change of the PET that arrives in the brain."""
    brain, weaker = np.isin(head.truth.labels, (1, 2, 3)), np.float32(0.8) * head.b
    arrived = fuse(anatomy, head.b, method) - fuse(anatomy, weaker, method)
    return float(arrived[brain].mean() / (head.b - weaker)[brain].mean())


def test_the_page_says_how_ours_differs_from_the_authors(pairs, authors):
    page = (CHAPTERS / "cnn" / "feature_fusion.md").read_text(encoding="utf8")
    rows, passed = {}, {}
    heads = [load_pair("head/mri-pet", seed=seed, lesions=2) for seed in (3, 4, 5)]
    for name, method in (("the authors' weights", authors), ("IFCNN as trained for this course", "ifcnn")):
        fused = [fuse(a, b, method) for a, b, _ in pairs]
        scores = [evaluate(f, a, b, METRICS) for f, (a, b, _) in zip(fused, pairs, strict=True)]
        means = " | ".join(f"{np.mean([one[metric] for one in scores]):.2f}" for metric in METRICS)
        kept = [k for f, (a, b, _) in zip(fused, pairs, strict=True) if (k := _kept(f, a, b)) is not None]
        passed[name] = [[_passed_on(method, h, x) for x in (h.a, gaussian_filter(h.a, 2))] for h in heads]
        rough, calm = np.mean(passed[name], axis=0)
        tone = _slopes(fused, pairs)
        spans = f"{min(kept):.2f} to {max(kept):.2f} | {tone.min():.1f} to {tone.max():.1f}"
        rows[name] = f"| {name} | {means} | {spans} | {rough:.2f} | {calm:.2f} |"
    assert [row for row in rows.values() if row not in page] == []
    maximum = [_passed_on("maximum", h, h.a) for h in heads]
    theirs, ours = (np.array(one) for one in passed.values())
    assert (theirs[:, 0] > maximum).all() and (ours[:, 0] < maximum).all()
    assert (theirs[:, 1] > theirs[:, 0]).all() and (ours[:, 1] > ours[:, 0]).all()
