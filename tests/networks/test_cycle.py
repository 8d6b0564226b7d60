"""CycleGAN's networks against published sizes, and the pool against its definition."""

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.networks.cycle import ImagePool, PatchDiscriminator, ResnetGenerator, Translator  # noqa: E402


def test_sizes_are_the_published_ones():
    """Of three channels as users of the authors' code print them; of one channel by hand, two layers are smaller."""
    assert count_parameters(ResnetGenerator(64, 9, 3)) == 11_378_179
    assert count_parameters(PatchDiscriminator(64, 3, 3)) == 2_764_737
    assert count_parameters(ResnetGenerator(64, 9)) == 11_378_179 - 2 * 64 * 49 - 2 * (64 * 49 + 1)
    assert count_parameters(PatchDiscriminator(64, 3)) == 2_764_737 - 2 * 64 * 16


def test_a_patch_has_70_pixels_and_256_make_30_of_them():
    judge = PatchDiscriminator(4, 3)
    for layer in [layer for layer in judge if isinstance(layer, torch.nn.InstanceNorm2d)]:
        layer.eval()
        layer.forward = lambda x: x  # it looks at the whole image
    image = torch.rand(1, 1, 256, 256, requires_grad=True)
    said = judge(image)
    assert said.shape == (1, 1, 30, 30)
    said[0, 0, 15, 15].backward()
    assert [int((image.grad[0, 0].abs().sum(dim=d) > 0).sum()) for d in (0, 1)] == [70, 70]


def test_a_pool_fills_and_then_gives_back_old_samples_half_the_time():
    torch.manual_seed(0)
    pool, given = ImagePool(5, 2), []
    for number in range(405):
        (out,) = pool(torch.full((1, 1, 2, 2), float(number)))
        given.append(int(out[0, 0, 0]))
    assert given[:5] == list(range(5)) and int(pool.filled) == 5
    older = [number - one for number, one in enumerate(given) if one != number]
    assert 150 < len(older) < 250 and min(older) >= 1
    assert len(set(given[5:])) == 400  # what left the pool does not come again
    assert not pool(torch.ones(1, 1, 2, 2, requires_grad=True)).requires_grad


def test_a_pool_is_part_of_the_state():
    pool, other = ImagePool(3, 2), ImagePool(3, 2)
    pool(torch.rand(2, 1, 2, 2))
    other.load_state_dict(pool.state_dict())
    assert int(other.filled) == 2 and torch.equal(other.images, pool.images)
    with pytest.raises(ValueError, match=r"samples: expected \(1, 2, 2\) as the pool holds them, got \(1, 4, 4\)"):
        pool(torch.rand(1, 1, 4, 4))


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("size", [(16, 16), (48, 32)])
def test_a_translator_gives_back_the_size_it_got_and_sees_a_coarser_grid(step, size):
    seen = []

    class Same(torch.nn.Module):
        def forward(self, x):
            seen.append(x)
            return x

    x = torch.rand(2, 1, *size)
    made = Translator(Same(), step)(x)
    assert made.shape == x.shape
    if step == 1:
        torch.testing.assert_close(made, x)
    means = x[..., :step, :step].mean(dim=(2, 3)) * 2 - 1
    torch.testing.assert_close(seen[0][..., 0, 0], means)
    assert min(seen[0].shape[-2:]) >= 8
    with torch.inference_mode():
        assert Translator(ResnetGenerator(2, 1), step)(x).shape == x.shape
