"""What the chapter on VGG says of real pairs, measured on the middle slice of each case of `val`; skipped without."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.color import luma  # noqa: E402
from medfuse_course.datasets import aanlib  # noqa: E402
from medfuse_course.methods import fuse  # noqa: E402
from medfuse_course.methods.extractors.layers import layer_weights  # noqa: E402
from medfuse_course.metrics import evaluate  # noqa: E402
from medfuse_course.networks import BACKBONES, load_extractor  # noqa: E402

METHODS = ("vgg_multilayer", "vgg19_softmax", "tight_frame_vgg", "shearlet_vgg")


@pytest.fixture(scope="module")
def pairs(aanlib_folder):
    """In gray, by case: one with CT, two with SPECT."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDFUSE_DATA", str(aanlib_folder))
        return {
            case: gray_sources(task, case, slices[len(slices) // 2])
            for task in ("mri-ct", "mri-spect")
            for case, slices in aanlib.cases(task, "val").items()
        }


def gray_sources(task, case, number):
    pair = aanlib.load(f"aanlib/{task}", case=case, slice=number, split="val")
    return tuple((x if x.ndim == 2 else luma(x)).astype("f4") for x in (pair.a, pair.b))


def test_the_maximum_over_candidates_lifts_real_heads_by_ten_gray_levels_and_more(pairs):
    for a, b in pairs.values():
        high, low = (fuse(a, b, "vgg19_softmax", combination=how) for how in ("maximum", "mean"))
        assert (high - low).min() > -1e-6 and 255 * (high - low)[np.maximum(a, b) > 0.1].mean() > 10


def test_the_weights_of_lite0_are_nearest_to_one_half(pairs):
    if not BACKBONES["efficientnet_lite0"].imagenet.is_here:
        pytest.skip("EfficientNet-Lite0 is not installed")
    eyes = (("efficientnet_lite0", "imagenet"), ("vgg19", "course"), ("vgg19", "none"))
    extractors = [load_extractor(*which, normalize=False).cpu() for which in eyes]
    for pair in pairs.values():
        a, b = (torch.from_numpy(x)[None, None] for x in pair)
        head = (torch.maximum(a, b) > 0.1)[0, 0]
        lite, *others = ((layer_weights(one, a, b)[:, 0, 0] - 0.5).abs()[:, head].mean() for one in extractors)
        assert 2 * lite < min(others)


def test_on_one_of_three_heads_three_of_the_four_keep_more_edges_than_the_maximum(pairs):
    """On phantoms none does."""
    ahead = {}
    for case, (a, b) in pairs.items():
        kept = [evaluate(fuse(a, b, m), a, b, ["qabf"])["qabf"] for m in ("maximum", *METHODS)]
        ahead[case] = [m for m, share in zip(METHODS, kept[1:], strict=True) if share > kept[0]]
    assert ahead == {34: [], 18: [], 36: ["vgg_multilayer", "tight_frame_vgg", "shearlet_vgg"]}
