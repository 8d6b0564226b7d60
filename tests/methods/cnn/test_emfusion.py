"""EMFusion: sizes, the chain of helpers, what is unique, and that only the fuser ships."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402
from torch.nn.functional import conv2d, leaky_relu, pad  # noqa: E402

from medfuse_course.color import luma, rgb_to_ycbcr  # noqa: E402
from medfuse_course.losses import saliency_weighted  # noqa: E402
from medfuse_course.methods.cnn import emfusion  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import Budget, train  # noqa: E402

C1 = 0.01**2


class Gains(nn.Module):
    """Features whose channels are the image times a number each."""

    def __init__(self, *gains):
        super().__init__()
        self.gains = torch.tensor(gains).view(1, -1, 1, 1)

    def forward(self, x):
        return x * self.gains


class Mean(nn.Module):
    """In the place of the layers: averages what comes in."""

    def forward(self, both):
        return both.mean(dim=1, keepdim=True)


def workshop(unique=2):
    torch.manual_seed(0)
    return emfusion.Workshop(2, unique)


def batch(seed=0, count=2):
    torch.manual_seed(seed)
    return {"a": torch.rand(count, 1, 24, 24), "b": torch.rand(count, 1, 24, 24)}


def conv(inputs, outputs):
    return 9 * inputs * outputs + outputs


def test_published_sizes():
    """Layers and widths as the authors' code has them, counted by hand."""
    fuser = conv(2, 32) + conv(32, 32) + conv(64, 32) + conv(96, 32) + conv(128, 64) + conv(64, 32) + conv(32, 1)
    translator = conv(1, 32) + conv(32, 64) + conv(64, 96) + conv(96, 64) + conv(64, 32) + conv(32, 1)
    autoencoder = conv(1, 32) + conv(32, 64) + conv(64, 128) + conv(128, 64) + conv(64, 32) + conv(32, 1)
    assert count_parameters(emfusion.build("paper")) == fuser == 148_545
    whole = emfusion.build_workshop("paper")
    assert count_parameters(whole) == fuser + 2 * translator + 2 * autoencoder == 815_621
    assert (len(whole.unique_a), len(whole.unique_b)) == (10, 10)


def test_the_fuser_layer_by_layer():
    """The same weights in plain convolutions over reflected borders."""
    network = emfusion.build("course")
    w = list(network.state_dict().values())
    layers = iter(zip(w[::2], w[1::2], strict=True))

    def layer(x):
        weight, bias = next(layers)
        return conv2d(pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias)

    a, b = batch()["a"], batch(1)["b"]
    x = leaky_relu(layer(torch.cat([a, b], 1)), 0.2)
    for _ in range(3):
        x = torch.cat([x, leaky_relu(layer(x), 0.2)], 1)
    assert x.shape[1] == 64
    x = layer(leaky_relu(layer(leaky_relu(layer(x), 0.2)), 0.2))
    with torch.no_grad():
        assert torch.allclose(network(a, b), torch.tanh(x) / 2 + 0.5, atol=1e-6)


def test_likeness_of_two_even_images_by_hand():
    x, y = torch.full((1, 1, 12, 12), 0.5), torch.full((1, 1, 12, 12), 0.6)
    ssim = (2 * 0.5 * 0.6 + C1) / (0.25 + 0.36 + C1)
    assert emfusion.likeness(x, y).item() == pytest.approx(40 * 0.01 + 1 - ssim, rel=1e-3)


def test_a_translator_is_judged_by_its_target_in_both_terms():
    """Each guesses from the other source: of two that are each other's negative, the negative is the right guess.
    The authors' structural term of one translator compares with its input instead."""
    shop, data = workshop(), batch()
    data["b"] = 1 - data["a"]
    shop.a_to_b.forward = shop.b_to_a.forward = lambda x: 1 - x
    assert all(term.item() == pytest.approx(0, abs=1e-6) for term in emfusion.TranslateStep(shop).losses(data).values())
    shop.a_to_b.forward = lambda x: x
    terms = emfusion.TranslateStep(shop).losses(data)
    assert terms["a_to_b"].item() == pytest.approx(emfusion.likeness(data["a"], data["b"]).item())
    assert terms["b_to_a"].item() == pytest.approx(0, abs=1e-6)


def test_autoencoders_learn_real_and_guessed_images():
    shop, data = workshop(), batch()
    shop.autoencoder_a.forward = shop.autoencoder_b.forward = lambda x: torch.full_like(x, 0.5)
    shop.a_to_b.forward, shop.b_to_a.forward = (lambda x: x / 2), (lambda x: x * x)
    terms = emfusion.EncodeStep(shop).losses(data)
    for name, real, guess in (("a", data["a"], data["b"] ** 2), ("b", data["b"], data["a"] / 2)):
        parts = [emfusion.likeness(torch.full_like(x, 0.5), x) for x in (real, guess)]
        assert terms[f"autoencoder_{name}"].item() == pytest.approx(sum(parts).item() / 2, rel=1e-5)


@pytest.mark.parametrize(
    ("step", "trained"),
    [
        (emfusion.TranslateStep, {"a_to_b", "b_to_a"}),
        (emfusion.EncodeStep, {"autoencoder_a", "autoencoder_b"}),
        (emfusion.FuseStep, {"fuser"}),
    ],
)
def test_each_phase_changes_its_own_parts_only(step, trained):
    shop = workshop()
    (update,) = step(shop).updates
    sum(update.losses(batch()).values()).backward()
    assert {name.partition(".")[0] for name, p in shop.named_parameters() if p.grad is not None} == trained
    assert {id(p) for p in update.parameters} == {id(p) for p in shop.parameters() if p.grad is not None}


def test_the_most_unique_channels_are_those_that_differ_most():
    """Channels are the image times a gain, so the difference from the guess is ordered as the gains are. The guess is
    made of the other source, whole: one of the source itself would differ nowhere."""
    shop = workshop()
    shop.a_to_b.forward = shop.b_to_a.forward = lambda x: x
    shop.autoencoder_a.encode = Gains(0.5, -3.0, 0.0, 2.0)
    shop.autoencoder_b.encode = Gains(1.0, 0.1, 4.0, 0.2)
    emfusion.rank_channels(shop)
    assert shop.unique_a.tolist() == [1, 3]
    assert shop.unique_b.tolist() == [2, 0]


def test_tiles_lie_side_by_side():
    patches = torch.arange(2 * 45 * 66.0).view(2, 1, 45, 66)
    cut = emfusion.tiles(patches)
    assert cut.shape == (12, 1, 22, 22)
    assert torch.equal(cut[5], patches[0, :, 22:44, 44:66])
    assert torch.equal(cut[6], patches[1, :, :22, :22])


def test_the_deep_level_by_hand():
    shop = workshop()
    shop.autoencoder_a.encode, shop.autoencoder_b.encode = Gains(0.5, -3.0, 7.0), Gains(1.0, 9.0, 4.0)
    shop.unique_a.copy_(torch.tensor([1, 0]))
    shop.unique_b.copy_(torch.tensor([2, 0]))
    fused, a, b = (torch.full((1, 1, 12, 12), value) for value in (0.5, 0.3, 0.9))
    by_hand = (3 * 0.2 + 0.5 * 0.2) / 2 + (4 * 0.4 + 1 * 0.4) / 2
    assert emfusion.deep_level(shop, fused, a, b).item() == pytest.approx(by_hand, rel=1e-5)


def test_the_last_phase_adds_half_the_deep_level_to_the_surface_level():
    shop, data = workshop(), {name: emfusion.tiles(x) for name, x in batch().items()}
    step = emfusion.FuseStep(shop)
    terms, fused = step.losses(data), shop.fuser(data["a"], data["b"])
    assert terms["surface"].item() == pytest.approx(saliency_weighted(fused, data["a"], data["b"]).item())
    deep = emfusion.deep_level(shop, fused, data["a"], data["b"]).item()
    assert terms["deep"].item() == pytest.approx(deep / 2)


def test_an_image_counts_alike_alone_and_in_a_batch():
    """The authors' histogram goes on counting from image to image of a batch."""
    step, data = emfusion.FuseStep(workshop()), {name: emfusion.tiles(x) for name, x in batch(count=3).items()}
    data["b"][1] = 0.5
    alone = [step.losses({name: x[k : k + 1] for name, x in data.items()}) for k in range(3)]
    for name, term in step.losses(data).items():
        assert term.item() == pytest.approx(sum(one[name].item() for one in alone) / 3, rel=1e-4)


@pytest.fixture(scope="module")
def smoke():
    return train(emfusion.RECIPE, profile="smoke")


def test_training_lowers_the_loss_of_each_phase_and_ships_the_fuser_alone(smoke):
    values = [sum(r.validation.values()) for r in smoke.history if r.phase == "fuse"]
    assert values[-1] < values[0]
    assert [r.phase for r in smoke.history] == ["translate", "encode", "fuse", "fuse", "fuse"]
    assert smoke.network is smoke.whole.fuser
    assert {n: t.shape for n, t in smoke.network.state_dict().items()} == {
        n: t.shape for n, t in emfusion.build("course").state_dict().items()
    }
    for unique in (smoke.whole.unique_a, smoke.whole.unique_b):
        assert len(set(unique.tolist())) == 5


def test_a_run_killed_after_the_ranking_ends_bit_for_bit_where_it_would_have_ended(smoke, tmp_path):
    class Killed(Exception):
        pass

    def kill(record):
        if record.number == 9:
            raise Killed

    quick = replace(emfusion.RECIPE, budgets={"smoke": Budget(steps=10, batch=2, patch=22, check_every=3, pool=3)})
    whole = train(quick, profile="smoke")
    with pytest.raises(Killed):
        train(quick, profile="smoke", folder=tmp_path, callbacks=[kill])
    again = train(quick, profile="smoke", folder=tmp_path)
    for name, tensor in whole.whole.state_dict().items():
        assert torch.equal(tensor, again.whole.state_dict()[name]), name


def test_color_is_kept_or_smoothed_and_luminance_stays():
    network = emfusion.build("course")
    network.layers = Mean()
    rng = np.random.default_rng(0)
    a = (0.3 + 0.2 * rng.random((24, 20))).astype(np.float32)
    b = (0.4 + 0.1 * rng.random((24, 20, 3))).astype(np.float32)
    kept, refined = (run_network(network, a, b, chroma=chroma) for chroma in ("kept", "refined"))
    for fused in (kept, refined):
        np.testing.assert_allclose(luma(fused), (a + luma(b)) / 2, atol=1e-5)
    np.testing.assert_allclose(rgb_to_ycbcr(kept)[..., 1:], rgb_to_ycbcr(b)[..., 1:], atol=1e-5)
    smooth, rough = (rgb_to_ycbcr(image)[..., 1].std() for image in (refined, kept))
    assert smooth < 0.7 * rough
    np.testing.assert_allclose(run_network(network, a, a), a, atol=1e-6)
    with pytest.raises(ValueError, match="did you mean 'refined'"):
        run_network(network, a, b, chroma="refine")
