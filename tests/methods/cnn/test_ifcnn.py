"""IFCNN: the published sizes and layout, any number of images in any order, training on focus alone."""

from itertools import permutations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch.nn.functional import batch_norm, conv2d, pad  # noqa: E402

from medfuse_course.methods.cnn import ifcnn  # noqa: E402
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.networks.tensor_files import fill  # noqa: E402
from medfuse_course.training import train  # noqa: E402
from medfuse_course.training.data.focus_masks import FocusMasks  # noqa: E402


@pytest.fixture
def network():
    torch.manual_seed(0)
    return ifcnn.build("course").eval()


def images(count, shape=(20, 24)):
    return list(np.random.default_rng(5).random((count, *shape), dtype=np.float32))


def together(network, *arrays, fusion):
    with torch.no_grad():
        return network(*(torch.from_numpy(x)[None, None] for x in arrays), fusion=fusion)[0, 0].numpy()


def test_published_sizes():
    """9,408 of conv1 do not learn; with the statistics of both normalizations the file has 83,843 values."""
    network = ifcnn.build("paper")
    assert network.conv1.weight.numel() == 9_408
    assert not network.conv1.weight.requires_grad
    stored = [t for name, t in network.state_dict().items() if not name.endswith("num_batches_tracked")]
    assert sum(t.numel() for t in stored) == 83_843


def test_a_rule_that_is_not_there(network):
    with pytest.raises(ValueError, match="unknown fusion 'maximum'; did you mean 'max'"):
        run_network(network, *images(2), fusion="maximum")


@pytest.mark.parametrize("fusion", ["max", "mean", "sum"])
def test_any_number_of_images_in_any_order(fusion, network):
    drawn = images(3)
    results = [together(network, *order, fusion=fusion) for order in permutations(drawn)]
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], atol=0 if fusion == "max" else 1e-5)
    assert not np.allclose(together(network, *drawn[:2], fusion=fusion), results[0])


def test_an_image_with_itself_is_as_alone(network):
    one = images(1)[0]
    for fusion in ("max", "mean"):
        np.testing.assert_array_equal(together(network, one, one, fusion=fusion), together(network, one, fusion=fusion))


def test_features_meet_between_the_second_and_the_third_layer(network):
    a, b = (torch.from_numpy(x)[None, None] for x in images(2))
    with torch.no_grad():
        met = torch.maximum(network.features(a), network.features(b))
        fused = network.conv4(network.conv3(met)) * np.mean(ifcnn.DEVIATION) + np.mean(ifcnn.MEAN)
        assert torch.allclose(network(a, b), fused, atol=1e-6)


def published_state(counted):
    """Random tensors under the names of the authors' snapshots; old ones do not count batches."""
    torch.manual_seed(2)
    state = {"conv1.weight": torch.randn(64, 3, 7, 7) / 20}
    for block in ("conv2", "conv3"):
        state[f"{block}.conv.weight"] = torch.randn(64, 64, 3, 3) / 24
        state[f"{block}.bn.weight"], state[f"{block}.bn.bias"] = 0.5 + torch.rand(64), torch.randn(64) / 10
        state[f"{block}.bn.running_mean"], state[f"{block}.bn.running_var"] = torch.randn(64) / 10, 0.5 + torch.rand(64)
        if counted:
            state[f"{block}.bn.num_batches_tracked"] = torch.tensor(7)
    return state | {"conv4.weight": torch.randn(3, 64, 1, 1) / 8, "conv4.bias": torch.randn(3) / 10}


@pytest.mark.parametrize("counted", [True, False])
def test_published_weights_are_read_and_used_as_the_authors_do(counted, tmp_path):
    """Against the published net written out: ImageNet's normalization in and out, clamp, luma."""
    state, path = published_state(counted), tmp_path / "IFCNN-MAX.pth"
    torch.save(state, path)
    network = ifcnn.build("paper").eval()
    fill(network, ifcnn.read_published(path), path)
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)

    def block(name, x):
        x = conv2d(pad(x, (1, 1, 1, 1), mode="replicate"), state[f"{name}.conv.weight"])
        kept = (state[f"{name}.bn.{key}"] for key in ("running_mean", "running_var", "weight", "bias"))
        return torch.relu(batch_norm(x, *kept))

    def features(x):
        x = (torch.from_numpy(x).repeat(1, 3, 1, 1) - mean) / deviation
        return block("conv2", conv2d(pad(x, (3, 3, 3, 3), mode="replicate"), state["conv1.weight"]))

    a, b = images(2)
    out = conv2d(block("conv3", torch.maximum(features(a), features(b))), state["conv4.weight"], state["conv4.bias"])
    red, green, blue = (out * deviation + mean).clamp(0, 1)[0].numpy()
    expected = 0.299 * red + 0.587 * green + 0.114 * blue
    np.testing.assert_allclose(run_network(network, a, b), expected, atol=1e-5)


def test_the_second_stage_adds_what_the_bank_sees(network):
    batch = ifcnn.RECIPE.data.batch(0, 0, ifcnn.RECIPE.budget("smoke"), slice(0, 2))
    first, second = (step(network).losses(batch) for step in (ifcnn.by_pixels, ifcnn.by_features))
    assert list(first) == ["mse"]
    assert second["mse"] == first["mse"]
    assert second["perceptual"] > 0
    maps = ifcnn.bank_features(torch.rand(1, 1, 32, 32))
    assert [tuple(m.shape[1:]) for m in maps] == [(16, 32, 32), (16, 16, 16), (16, 8, 8)]


def test_it_learns_focus_only_and_leaves_the_first_layer():
    assert isinstance(ifcnn.RECIPE.data, FocusMasks)
    trained = train(ifcnn.RECIPE, profile="smoke")
    pixels = [record.validation["mse"] for record in trained.history if record.phase == "pixels"]
    assert pixels[-1] < 0.7 * pixels[0]
    assert torch.equal(trained.network.conv1.weight, ifcnn.build("course").conv1.weight)
