"""What the exercises of this chapter ask for is what the library's networks do."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.exercises import get_exercise  # noqa: E402
from medfuse_course.exercises.methods.cnn.emfusion import uniqueness  # noqa: E402
from medfuse_course.exercises.methods.cnn.mmif_inet import undo  # noqa: E402
from medfuse_course.losses import abundance_weights  # noqa: E402
from medfuse_course.methods.cnn import emfusion, mmif_inet  # noqa: E402


def test_the_weight_of_bone_is_the_librarys():
    """16 equally frequent grays have 4 bits; even bone has none and is 0.9."""
    grays = (torch.arange(16.0).repeat_interleave(16).view(1, 1, 16, 16) + 0.5) / 20
    of_bone = abundance_weights(grays, torch.full((1, 1, 16, 16), 0.9))[1]
    assert get_exercise("losses.saliency.weight_of_bone").reference == pytest.approx(of_bone.item(), abs=1e-4)


def test_uniqueness_ranks_as_the_library_does():
    torch.manual_seed(0)
    shop = emfusion.Workshop(4, 16)
    emfusion.rank_channels(shop)
    batch = emfusion.DATA.batch(0, 0, emfusion.RANKING, slice(None))
    with torch.no_grad():
        features = [shop.autoencoder_a.encode(x).numpy() for x in (batch["a"], shop.b_to_a(batch["b"]))]
    assert np.argsort(-uniqueness(*features)).tolist() == shop.unique_a.tolist()


def test_undo_inverts_the_librarys_coupling():
    torch.manual_seed(0)
    coupling = mmif_inet.Coupling(4)
    for parameter in coupling.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    x1, x2 = torch.rand(2, 1, 3, 16, 16)

    def of(part):
        return lambda x: part(torch.tensor(x)).numpy()

    with torch.no_grad():
        y1, y2 = (y.numpy() for y in coupling(x1, x2))
        scale = of(lambda x: 2 * mmif_inet.CLAMP * (torch.sigmoid(coupling.rho(x)) - 0.5))
        back = undo(y1, y2, of(coupling.phi), scale, of(coupling.eta))
    assert np.abs(y1 - x1.numpy()).max() > 0.01
    np.testing.assert_allclose(back[0], x1, atol=1e-5)
    np.testing.assert_allclose(back[1], x2, atol=1e-5)
