"""Air stays black in what the fusion GANs make of phantoms, whose MRIs have noise in the air."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course import evaluate, fuse, load_pair  # noqa: E402


@pytest.mark.parametrize("slug", ["fusiongan", "ddcgan", "fusegan", "mfif_gan"])
@pytest.mark.parametrize("name", ["head/mri-ct", "head/mri-pet", "head/mri-spect", "thorax/ct-pet"])
def test_no_network_lifts_the_air_of_a_phantom_by_half_a_gray_level(slug, name):
    for seed in (40, 41, 42):
        pair = load_pair(name, seed=seed, lesions=2)
        found = evaluate(fuse(pair.a, pair.b, slug), pair.a, pair.b, ["background_lift"])
        assert 255 * found["background_lift"] < 0.5
