"""The siamese network against plain loops, against hand calculation, and against its authors' result."""

import numpy as np
import pytest
from scipy import signal
from scipy.io import savemat

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.registry import load_object  # noqa: E402
from medfuse_course.methods import fuse, get_method  # noqa: E402
from medfuse_course.methods.cnn.liu_cnn import (  # noqa: E402
    RECIPE,
    SiameseNetwork,
    build,
    read_published,
    similarity_switch,
    weight_map,
)
from medfuse_course.methods.learned import run_network  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from tests.methods.cnn.siamese import always, noise  # noqa: E402


def test_a_patch_has_one_pair_of_scores_and_an_image_one_every_second_pixel():
    network = build("course")
    scores = [network.scores(*torch.rand(2, 3, 1, *shape)).shape for shape in ((16, 16), (17, 32), (40, 45))]
    assert [tuple(shape) for shape in scores] == [(3, 2, 1, 1), (3, 2, 2, 9), (3, 2, 13, 16)]


def _plain_scores(network, image_a, image_b):
    """The layers with SciPy, one channel at a time."""

    def convolve(planes, layer, mode="same"):
        kernels = layer.weight.detach().double().numpy()
        biases = np.zeros(len(kernels)) if layer.bias is None else layer.bias.detach().double().numpy()
        return [
            sum(signal.correlate2d(p, k, mode=mode) for p, k in zip(planes, kernel, strict=True)) + bias
            for kernel, bias in zip(kernels, biases, strict=True)
        ]

    def features(image):
        planes = [np.maximum(p, 0) for p in convolve([image.astype(float)], network.features[0])]
        planes = [np.maximum(p, 0) for p in convolve(planes, network.features[2])]
        planes = [np.pad(p, [(0, n % 2) for n in p.shape]) for p in planes]
        planes = [np.max([p[i::2, j::2] for i in (0, 1) for j in (0, 1)], axis=0) for p in planes]
        return [np.maximum(p, 0) for p in convolve(planes, network.features[5])]

    return np.stack(convolve(features(image_a) + features(image_b), network.compare, "valid"))


def test_network_and_weight_map_agree_with_plain_loops():
    """Odd sides: pooling takes the last row alone, and the patches reach beyond the image."""
    torch.manual_seed(0)
    network = SiameseNetwork((2, 3, 4)).eval()
    with torch.no_grad():
        network.compare.weight *= 20
    a, b = noise(0, (23, 20)), noise(1, (23, 20))
    scores = _plain_scores(network, a, b)
    with torch.no_grad():
        np.testing.assert_allclose(network.scores(*torch.tensor(np.stack([a, b]))[:, None, None])[0], scores, atol=1e-5)
    share = 1 / (1 + np.exp(scores[0] - scores[1]))
    assert np.ptp(share) > 0.05
    total, count = np.zeros((24, 20)), np.zeros((24, 20))
    for i, j in np.ndindex(*share.shape):
        window = (slice(2 * i, 2 * i + 16), slice(2 * j, 2 * j + 16))
        total[window] += share[i, j]
        count[window] += 1
    np.testing.assert_allclose(weight_map(network, a, b), (total / count)[:23], atol=1e-5)


def test_the_switch_by_hand():
    """Constant bands: ``M = 2 a b / (a^2 + b^2)``."""

    def one(a, b, weight=0.25):
        plane = np.ones((4, 4))
        result = similarity_switch(a * plane, b * plane, weight * plane)
        assert np.ptp(result) < 1e-12
        return result[0, 0]

    assert one(2, 1) == pytest.approx(0.25 * 2 + 0.75 * 1)  # M = 0.8: alike
    assert one(4, 1) == pytest.approx(4)  # M = 8/17: the stronger
    assert one(1, -3) == pytest.approx(-3)
    assert one(1, -1) == pytest.approx(0)  # a tie of opposites
    assert one(0, 0) == 0


def test_the_map_decides_between_constant_images_that_are_alike():
    """No details, and bases with ``M = 2 * 0.4 * 0.6 / (0.16 + 0.36) = 0.92``."""
    a, b = np.full((2, 20, 20), [[[0.4]], [[0.6]]], np.float32)
    np.testing.assert_allclose(run_network(always(build, 0.75), a, b), 0.75 * 0.4 + 0.25 * 0.6, atol=1e-6)


def test_published_kernels_count_down_the_columns(tmp_path):
    """A kernel that looks one pixel down is the second of nine in MATLAB."""
    arrays = {
        "weights_b1_1": np.zeros((9, 64), np.float32),
        "weights_b1_2": np.zeros((64, 9, 128), np.float32),
        "weights_b1_3": np.zeros((128, 9, 256), np.float32),
        "weights_output": np.zeros((512, 64, 2), np.float32),
        "biases_b1_1": np.arange(64, dtype=np.float32)[:, None],
        "biases_b1_2": np.zeros((128, 1), np.float32),
        "biases_b1_3": np.zeros((256, 1), np.float32),
        "biases_output": np.ones((2, 1), np.float32),
    }
    arrays["weights_b1_1"][1, 5] = 1
    arrays["weights_b1_2"][7, 3, 9] = 1
    arrays["weights_output"][300, 8, 1] = 1
    savemat(tmp_path / "cnnmodel.mat", arrays)
    tensors = read_published(tmp_path / "cnnmodel.mat")
    assert tensors["features.0.weight"][5, 0, 1, 0] == 1
    assert tensors["features.2.weight"][9, 7, 0, 1] == 1
    assert tensors["compare.weight"][1, 300, 0, 1] == 1
    assert tensors["features.0.bias"].tolist() == list(range(64))
    network = load_network(get_method("liu_cnn"), "paper", tmp_path / "cnnmodel.mat")
    assert torch.equal(network.features[0].weight, tensors["features.0.weight"])
    with pytest.raises(CheckpointError, match="weights of another network"):
        load_network(get_method("liu_cnn"), "course", tmp_path / "cnnmodel.mat")


@pytest.mark.parametrize("content", [b"not MATLAB at all", b""])
def test_a_file_that_is_something_else_is_answered(content, tmp_path):
    path = tmp_path / "model.mat"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="not the published weights"):
        read_published(path)
    savemat(path, {"x": np.zeros(3)})
    with pytest.raises(CheckpointError, match="weights_b1_1"):
        read_published(path)
    names = (
        "weights_b1_1",
        "weights_b1_2",
        "weights_b1_3",
        "weights_output",
        "biases_b1_1",
        "biases_b1_2",
        "biases_b1_3",
    )
    for odd in (np.zeros(3), np.zeros((2, 2)), "a text", np.array([], object), {"a": 1}):
        savemat(path, dict.fromkeys(names, odd))
        with pytest.raises(CheckpointError, match="not the published weights"):
            load_network(get_method("liu_cnn"), "paper", path)


@pytest.mark.parametrize("keep", [1, 100, 128, 130, 150, 200, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_answered(keep, tmp_path):
    path = tmp_path / "model.mat"
    savemat(path, {"weights_b1_1": np.zeros((9, 64)), "weights_b1_2": np.ones((64, 9, 128))})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if keep < 1 else keep])
    with pytest.raises(CheckpointError, match="not the published weights"):
        read_published(path)


def test_the_published_result_comes_out_on_every_pixel(published_folder):
    from skimage.io import imread

    folder = published_folder / "liu_cnn"
    ct, mri = (imread(folder / name).astype(np.float32) / 255 for name in ("ct.tif", "mr_t2.tif"))
    fused = fuse(ct, mri, "liu_cnn", scale="paper", weights=folder / "cnnmodel.mat")
    np.testing.assert_array_equal(np.rint(fused * 255), imread(folder / "fused.tif"))


def test_the_shipped_network_knows_what_is_sharp_and_has_nearly_no_favorite():
    network = load_network(get_method("liu_cnn"))
    batch = RECIPE.data.validation(RECIPE.budget("ship"))
    with torch.no_grad():
        scores = network.scores(batch["a"], batch["b"])
    assert (scores.argmax(1) == batch["target"]).float().mean() > 0.9
    share = torch.softmax(scores, 1)[:, 1]
    forward, backward = share.chunk(2)  # the same pairs, exchanged
    assert (forward + backward - 1).abs().mean() < 0.1


def test_the_recipe_builds_what_the_declaration_says():
    method = get_method("liu_cnn")
    assert load_object(method.recipe).build("course").stride == 2
    with pytest.raises(ValueError, match="threshold: expected a similarity from -1 to 1, got 60"):
        fuse(noise(0), noise(1), "liu_cnn", threshold=60)
