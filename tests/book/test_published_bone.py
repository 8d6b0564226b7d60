"""What the chapter says of the bone in EMFusion, measured where its authors' pictures are: theirs keep it, ours not."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from PIL import Image  # noqa: E402

from medfuse_course import fuse, load_pair  # noqa: E402
from medfuse_course.losses import abundance_weights  # noqa: E402
from medfuse_course.methods.cnn import emfusion  # noqa: E402
from medfuse_course.networks.tensor_files import read_tensors  # noqa: E402
from tests.book.conftest import CHAPTERS  # noqa: E402

NUMBERS = ("20007", "20011", "20015", "20019")
BRIGHT = 0.85


@pytest.fixture(scope="module")
def page():
    return (CHAPTERS / "cnn" / "unsupervised_and_invertible.md").read_text(encoding="utf8")


@pytest.fixture(scope="module")
def pairs(published_folder):
    """MRI, CT and the authors' fused picture of their four pairs."""

    def gray(number, kind):
        picture = Image.open(published_folder / "emfusion" / f"{number}_{kind}.png").convert("L")
        return np.asarray(picture, dtype=np.float32) / 255

    return [tuple(gray(number, kind) for kind in ("mri", "ct", "fused")) for number in NUMBERS]


@pytest.fixture(scope="module")
def authors(published_folder):
    network = emfusion.build("paper")
    network.load_state_dict(read_tensors(published_folder / "emfusion" / "weights_ct.safetensors"))
    return network.eval()


@pytest.fixture(scope="module")
def phantoms():
    return [load_pair("head/mri-ct", seed=seed, lesions=2, window_b="hu:bone") for seed in (3, 4, 5)]


def _span(values):
    return f"{min(values):.2f} to {max(values):.2f}"


def _bone(image, ct):
    return float(image[ct > BRIGHT].mean())


def _compact_bone(image, pair):
    (number,) = (number for number, name in pair.truth.label_names.items() if name == "compact bone")
    return float(image[pair.truth.labels == number].mean())


def _stretched(image):
    return (image - image.min()) / (image.max() - image.min())


def test_with_the_authors_weights_our_layers_give_their_four_pictures_to_rounding(pairs, authors):
    """Once stretched, as their writer of pictures does without saying so. A half may be rounded either way."""
    for mri, ct, published in pairs:
        ours = 255 * _stretched(fuse(mri, ct, authors, black=False))
        assert np.abs(ours - 255 * published).max() < 0.502
        assert (np.rint(ours) != np.rint(255 * published)).mean() < 2e-4


def test_the_authors_pictures_keep_the_bone_and_our_network_loses_it(pairs, authors, phantoms, page):
    published = {
        "CT": [_bone(ct, ct) for _, ct, _ in pairs],
        "the authors' fused pictures": [_bone(fused, ct) for _, ct, fused in pairs],
        "the authors' weights, before their pictures are stretched": [
            _bone(fuse(mri, ct, authors), ct) for mri, ct, _ in pairs
        ],
        "EMFusion as trained for this course": [_bone(fuse(mri, ct, "emfusion"), ct) for mri, ct, _ in pairs],
        "MRI": [_bone(mri, ct) for mri, ct, _ in pairs],
    }
    of_phantoms = {
        "CT": [_compact_bone(pair.b, pair) for pair in phantoms],
        "the authors' weights, before their pictures are stretched": [
            _compact_bone(fuse(pair.a, pair.b, authors), pair) for pair in phantoms
        ],
        "EMFusion as trained for this course": [
            _compact_bone(fuse(pair.a, pair.b, "emfusion"), pair) for pair in phantoms
        ],
        "MRI": [_compact_bone(pair.a, pair) for pair in phantoms],
    }
    rows = [
        f"| {name} | {_span(values)} | {_span(of_phantoms[name]) + ' ' if name in of_phantoms else ''}|"
        for name, values in published.items()
    ]
    assert [row for row in rows if row not in page] == []
    kept = min(published["the authors' fused pictures"])
    assert kept > 1.8 * max(published["EMFusion as trained for this course"])


def test_the_ct_weighs_more_on_real_tiles_and_most_with_the_authors_running_histogram(pairs, phantoms, page):
    cut = [[emfusion.tiles(torch.tensor(x)[None, None]) for x in (mri, ct)] for mri, ct, _ in pairs]
    own = [float(abundance_weights(a, b)[1][_of_bone(b)].mean()) for a, b in cut]
    running = [float(np.mean([_running_weight(a, b, seed)[_of_bone(b)].mean() for seed in range(8)])) for a, b in cut]
    assert f"is {_span(own)} on average" in " ".join(page.split())
    assert f"the weight in the same tiles is {_span(running)}." in " ".join(page.split())
    drawn = [[emfusion.tiles(torch.tensor(x)[None, None]) for x in (pair.a, pair.b)] for pair in phantoms]
    of_phantoms = np.mean([float(abundance_weights(a, b)[1][_of_bone(b)].mean()) for a, b in drawn])
    assert 3 < np.mean(own) / of_phantoms < 5


def _of_bone(ct):
    return (ct > BRIGHT).float().mean(dim=(1, 2, 3)) > 0.1


def _running_weight(a, b, seed, batch=32):
    """The weight of b with a histogram that goes on counting from tile to tile of a batch, in random order."""
    order = torch.randperm(len(a), generator=torch.Generator().manual_seed(seed))
    weight = torch.empty(len(a))
    for start in range(0, len(a), batch):
        drawn = order[start : start + batch]
        scores = torch.stack([_running_score(x[drawn]) for x in (a, b)])
        weight[drawn] = torch.softmax(scores / 0.5, dim=0)[1]
    return weight


def _running_score(images):
    counts = torch.stack([torch.histc(image, 256, 0, 1) for image in images]).cumsum(dim=0)
    share = counts / counts.sum(dim=1, keepdim=True)
    bits = -torch.special.xlogy(share, share).sum(dim=1) / np.log(2)
    return bits + 3 * (images * (images > BRIGHT)).mean(dim=(1, 2, 3))
