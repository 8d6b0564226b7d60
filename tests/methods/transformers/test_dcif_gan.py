"""DCIF-GAN: what couples share, both directions of attention, its losses by hand, and that there are two of each."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:dcif_gan: ")]  # what so short a game ends with

from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import get_method  # noqa: E402
from medfuse_course.methods.learned import as_tensor  # noqa: E402
from medfuse_course.methods.transformers import dcif_gan  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from tests.training.killed import ends_where_it_would_have_ended  # noqa: E402
from tests.training.tiny import Noise  # noqa: E402


def pair(seed=0, side=32, count=2):
    torch.manual_seed(seed)
    return {"a": torch.rand(count, 1, side, side), "b": torch.rand(count, 1, side, side)}


def game():
    torch.manual_seed(0)
    return dcif_gan.CoupledGame(dcif_gan.build_players("course"))


def slopes(losses, module):
    return [
        0.0 if slope is None else slope.abs().sum().item()
        for slope in torch.autograd.grad(losses, list(module.parameters()), allow_unused=True, retain_graph=True)
    ]


def test_the_generators_hold_the_same_tensors_and_not_copies():
    network = dcif_gan.build("course")
    first, second = (list(one.trunk.parameters()) for one in (network.of_a, network.of_b))
    assert [p.data_ptr() for p in first] == [p.data_ptr() for p in second]
    own_a, own_b = ({p.data_ptr() for p in one.parameters()} for one in (network.of_a, network.of_b))
    common = {p.data_ptr() for p in first}
    assert not own_a & own_b and not common & (own_a | own_b)
    assert len(list(network.parameters())) == len(own_a) + len(own_b) + len(common) == len(network.state_dict())


def test_each_game_teaches_the_trunk_and_its_own_ends_only():
    step, data = game(), pair()
    network = step.players.generator
    for own, other, image in zip(("of_a", "of_b"), ("of_b", "of_a"), step.both(data), strict=True):
        loss = (image**2).mean()
        assert min(slopes(loss, network.trunk)) > 0 and min(slopes(loss, getattr(network, own).rebuild)) > 0
        assert max(slopes(loss, getattr(network, other).rebuild)) == 0
    judges = step.players.discriminator
    said = judges.of_a(data["a"]).mean()
    assert min(slopes(said, judges.deep)) > 0 and min(slopes(said, judges.first_a)) > 0
    assert max(slopes(said, judges.first_b)) == 0
    assert torch.equal(judges.of_b(data["b"]), judges.deep(judges.first_b(data["b"])))


def test_queries_of_one_source_and_keys_of_the_other_in_both_directions():
    """The pass of both at once is that of each alone."""
    network, data = dcif_gan.build("course").eval(), pair()
    with torch.no_grad():
        for block in network.trunk.cross:
            block.attention.bias.normal_()
        first, second = network.pre_fused(**data)
        stems = [one.stem(x) for one, x in zip((network.of_a, network.of_b), data.values(), strict=True)]
        tokens = [network.trunk.attend[1](network.trunk.attend[0](network.trunk.embed(x))) for x in stems]
        for block in network.trunk.cross:
            tokens = [block(tokens[0], tokens[1]), block(tokens[1], tokens[0])]
        fine = [network.trunk.local(x) for x in stems]
        torch.testing.assert_close(network.of_a.draw(fine[0], fine[1], tokens[0]), first, atol=1e-6, rtol=0)
        torch.testing.assert_close(network.of_b.draw(fine[1], fine[0], tokens[1]), second, atol=1e-6, rtol=0)
    assert [block.shift for block in network.trunk.cross] == [0, 4]


def test_the_final_image_by_hand():
    network, data = dcif_gan.build("course").eval(), pair()
    with torch.no_grad():
        first, second = network.pre_fused(**data)
        assert torch.allclose(network(**data), (first + second) / 2)
        weight = dcif_gan.strength_of(first, second)
        torch.testing.assert_close(network(**data, final="stronger"), second + weight * (first - second))
    ramp, flat = torch.linspace(0, 1, 33).expand(1, 1, 33, 33), torch.full((1, 1, 33, 33), 0.5)
    assert dcif_gan.strength_of(ramp, flat)[..., 8:-8, 8:-8].min() > 0.999
    assert torch.equal(dcif_gan.strength_of(flat, flat), torch.full_like(flat, 0.5))
    double = dcif_gan.strength_of(ramp, ramp / 2)[..., 8:-8, 8:-8]
    torch.testing.assert_close(double, torch.full_like(double, 4 / 5), atol=1e-3, rtol=0)
    with pytest.raises(ValueError, match="unknown final 'means'; did you mean 'mean'"):
        network(**data, final="means")


def test_content_by_hand():
    """Flat images have no gradient, and SSIM is its luminance; each pre-fused image is compared with its own source."""
    bright, dark = torch.full((1, 1, 16, 16), 0.8), torch.full((1, 1, 16, 16), 0.4)
    alike = (2 * 0.8 * 0.4 + 1e-4) / (0.8**2 + 0.4**2 + 1e-4)
    found = dcif_gan.content((bright, dark), bright, dark)
    assert found["intensity"].item() == pytest.approx(20 * 0.4 / 2, rel=1e-4)
    assert found["gradient"].item() < 1e-6 and found["structure"].item() == pytest.approx(0, abs=1e-5)
    found = dcif_gan.content((bright, bright), bright, dark)
    assert found["intensity"].item() == 0
    assert found["structure"].item() == pytest.approx(4 * (1 - alike) / 2, rel=1e-3)
    ramp = torch.linspace(0, 1.5, 16).expand(1, 1, 16, 16)
    slope = dcif_gan.content((dark, dark), ramp, dark)["gradient"].item()
    assert slope == pytest.approx(100 * 0.1 * 14 / 16 / 2, rel=1e-3)  # reflected borders have none; half is downward


def test_least_squares_of_both_by_hand():
    step, data = game(), pair()
    with torch.no_grad():
        drawn, judges = step.both(data), step.players.discriminator
        of_real, of_drawn = judges.of_b(data["b"]), judges.of_b(drawn[1])
        judged, asked = step.discriminator_losses(data), step.generator_losses(data)
    expected = ((of_real - 1) ** 2).mean() / 2 + (of_drawn**2).mean() / 2
    assert judged["judge_b"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert asked["persuade_b"].item() == pytest.approx(0.2 * ((of_drawn - 1) ** 2).mean().item() / 2, rel=1e-5)


def test_two_generators_draw_two_images():
    """On a chest that training never saw: apart, each nearer to its own source than the other is."""
    network, scan = load_network(get_method("dcif_gan")).cpu(), load_pair("thorax/ct-pet", seed=3)
    a, b = as_tensor(scan.a), as_tensor(scan.b)
    with torch.inference_mode():
        first, second = network.pre_fused(a, b)
    assert (first - second).abs().mean() > 0.005
    assert (first - a).abs().mean() < (second - a).abs().mean()
    assert (second - b).abs().mean() < (first - b).abs().mean()


def test_a_game_that_has_one_generator_left_is_named():
    watched = {"spread": 1.0, "level": 0.0, "balance": 1.0, "apart": 1e-4}
    assert game().faults(watched) == ["one generator: both pre-fused images differ by 0.0001 only"]
    assert game().faults({**watched, "apart": 0.1}) == []


def test_a_chest_follows_from_its_number():
    one, again, other = (dcif_gan.chest(number) for number in (7, 7, 8))
    assert one.windows == again.windows and np.array_equal(one.a, again.a)
    assert one.provenance["slice"] != other.provenance["slice"] or one.windows != other.windows


def test_a_coupled_game_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(tmp_path):
    whole = ends_where_it_would_have_ended(replace(dcif_gan.RECIPE, data=Noise()), tmp_path, 7, "smoke")
    assert {"balance", "spread", "level", "apart"} == whole.history[-1].watched.keys()
