"""MATR: its authors' pictures from its released weights; what a window of one pixel does; its gate by hand."""

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.methods.learned import inference  # noqa: E402
from medfuse_course.methods.transformers.matr import (  # noqa: E402
    CELLS,
    HEADS,
    ContextConv,
    build,
    cell_means,
    from_released,
    terms,
)
from medfuse_course.networks import count_parameters  # noqa: E402


def test_sizes_are_the_known_ones():
    """The released file holds 13,422: 192 are the norm of a layer of 96 channels that nothing calls."""
    assert count_parameters(build("paper")) == 13_422 - 2 * 96


@pytest.mark.parametrize(
    ("kind", "b", "result", "near"), [("PET-MRI", "PET", "002", 3), ("SPECT-MRI", "SPECT", "020", 4)]
)
def test_the_released_weights_give_the_authors_pictures(published_folder, kind, b, result, near):
    """Sources in PIL's gray; color by PIL's full-range YCbCr; gray values cut off, not rounded."""
    from safetensors.torch import load_file

    folder = published_folder / "matr"
    network = build("paper").eval()
    network.load_state_dict(from_released(load_file(folder / "weights.safetensors")))
    files = [Image.open(folder / "source" / kind / f"{name}.png") for name in ("MRI", b)]
    sources = [torch.from_numpy(np.array(file.convert("L"), np.float32))[None, None] / 255 for file in files]
    with inference():
        fused = network(*sources)[0, 0].numpy()
    luminance = Image.fromarray((255 * fused).astype(np.uint8))
    chroma = files[1].convert("RGB").convert("YCbCr").split()[1:]
    made = np.array(Image.merge("YCbCr", (luminance, *chroma)).convert("RGB"), int)
    theirs = np.array(Image.open(folder / "result" / kind / f"{result}.png").convert("RGB"), int)
    assert np.abs(made - theirs).max() <= near
    black = (sources[0] == 0)[0, 0] & (sources[1] == 0)[0, 0]
    assert 10 < 255 * fused[black].mean() < 20  # they lift black


def test_as_published_attention_is_always_one_and_here_it_is_not():
    x = torch.rand(1, 16, 32, 32)
    for scale, one in (("paper", True), ("course", False)):
        network = build(scale).eval()
        for block in network.blocks:
            tokens = block.tokens(x)
            weights = block.attention.weights(tokens, None, block.mask(32, 32))
            assert (weights == 1).all() == one
            assert weights.shape[1] == HEADS


@torch.no_grad()
def test_as_published_questions_and_keys_do_nothing():
    network, (a, b) = build("paper").eval(), torch.rand(2, 1, 1, 24, 24)
    before = network(a, b)
    for block in network.blocks:
        for parameter in (block.attention.ask.weight, block.attention.bias, block.attention.tell.weight[:16]):
            parameter.normal_(std=5)
    torch.testing.assert_close(network(a, b), before, atol=1e-6, rtol=0)
    network.blocks[0].attention.tell.weight[16:].normal_(std=5)
    assert not torch.allclose(network(a, b), before, atol=1e-3)


@torch.no_grad()
def test_the_gate_by_hand():
    """One kernel a pair of channels, by loops, from the mean of the map in 3 x 3 cells."""
    layer, x = ContextConv(2, 16).eval(), torch.rand(1, 2, 9, 9)
    cells = x.reshape(1, 2, 3, 3, 3, 3).mean(dim=(3, 5)).flatten(2)[0].numpy()
    scale = 1 / np.sqrt(1 + 1e-5)  # an untrained batch normalization
    context = cells @ layer.encode.weight.numpy().T
    strong = np.maximum(scale * context, 0)
    of_inputs = strong @ layer.gate_in.weight.numpy().T
    mixed = np.maximum(scale * (layer.mix.weight.numpy() @ strong), 0)
    of_outputs = mixed @ layer.gate_out.weight.numpy().T
    kernels = layer.kernels(x)[0].flatten(2).numpy()
    for o in range(16):
        for c in range(2):
            gate = 1 / (1 + np.exp(-of_inputs[c] - of_outputs[o]))
            np.testing.assert_allclose(kernels[o, c], layer.weight[o, c].flatten().numpy() * gate, atol=1e-6)
    by_library = torch.nn.functional.conv2d(x, layer.kernels(x)[0], padding=1)
    torch.testing.assert_close(layer(x), by_library)
    other = torch.rand(1, 2, 9, 9)
    torch.testing.assert_close(layer(torch.cat([x, other])), torch.cat([layer(x), layer(other)]))


def test_the_mri_counts_more():
    a, b = torch.rand(2, 2, 1, 30, 30)
    as_a, as_b = (terms(f, a, b)["information"].item() for f in (a, b))
    assert as_a < as_b
    assert terms(a, a, a)["structure"].item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("shape", [(16, 16), (17, 20), (100, 64)])
def test_the_means_of_cells_are_those_of_adaptive_pooling(shape):
    x = torch.rand(2, 5, *shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(cell_means(x), torch.nn.functional.adaptive_avg_pool2d(x, CELLS), atol=2e-6, rtol=0)
