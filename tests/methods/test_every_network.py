"""What every learned method keeps, whatever its network: inherited by each that the registry knows.

A network's own file of tests holds only what is its own. What is known of each stands in tests/reference/networks.json.
"""

import inspect
import json
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.core.registry import load_object  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import fuse, fuse_stack, get_method  # noqa: E402
from medfuse_course.methods.base import LEARNED_OPTIONS  # noqa: E402
from medfuse_course.methods.catalogue import learned_methods  # noqa: E402
from medfuse_course.methods.learned import as_tensor, grow, in_tiles, neighbors, reach_of, run_network  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402
from medfuse_course.networks import count_parameters  # noqa: E402
from medfuse_course.training import train  # noqa: E402
from tests.house import ROOT  # noqa: E402
from tests.methods.every_method import ONE_LOOK  # noqa: E402
from tests.methods.probe import REFERENCE, inputs, probe, solve, sources, weights_of  # noqa: E402

LEARNED = [method.slug for method in learned_methods()]
KNOWN = json.loads(REFERENCE.read_text(encoding="utf8"))
each_network = pytest.mark.parametrize("slug", LEARNED)
TRAINED_BY_ITSELF = {"emfusion", "mmif_inet", "xia_cnn"}
"""Whose own tests train the recipe in the same profile, and ask as much of each phase."""

RECIPES = {m.recipe: m.slug for m in learned_methods()[::-1]}.values()
each_recipe = pytest.mark.parametrize("slug", [slug for slug in RECIPES if slug not in TRAINED_BY_ITSELF])
"""The first of those methods that share one."""

each_fuser = pytest.mark.parametrize("slug", [m.slug for m in learned_methods() if m.task.slug == "fusion"])
each_transformer = pytest.mark.parametrize("slug", [m.slug for m in learned_methods() if m.family == "transformers"])
MEASURED = "cddfuse"
"""A transformer that takes a large image whole, and the quickest of these: what memory it needs is measured with every
change, that of the others, which take half a minute, once a week."""

each_attention = pytest.mark.parametrize(
    "slug",
    [
        pytest.param(m.slug, marks=pytest.mark.slow if m.slug == MEASURED else pytest.mark.weekly)
        for m in learned_methods()
        if m.family == "transformers"
    ],
)
WITHOUT_REACH = {"liu_cnn", "contrast_pyramid_cnn", "nsct_cnn", "mfif_gan", "cyclegan", "dicyc"}
WITHOUT_REACH |= {"tight_frame_vgg", "shearlet_vgg", "zero_learning", "resnet_zca", "matr"}
WITHOUT_REACH |= {"destrans", "hybrid_cnn_transformer", "cddfuse", "ddfm", "align_then_fuse"}
"""Pyramids to the last level, bands divided by what the whole image holds, instance normalization, whitening, a
histogram, filters that the whole image decides on, attention to all of it, group normalization, and a displacement of
the whole image."""

ROUNDING = {"max_residual": 5e-5}
"""Where a network magnifies the last digit: its scores go into the hundreds before the sigmoid."""


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random((2, *shape), dtype=np.float32)


def tensors(slug, network, images):
    """What the adapter makes of images, for the networks that are asked directly."""
    slices = getattr(network, "slices", 0)
    return [neighbors(x[None], slices) if slices else as_tensor(x) for x in inputs(slug, images)]


def build(slug, scale="course"):
    return load_object(get_method(slug).network)(scale)


@each_network
def test_sizes_are_the_known_ones_and_a_wrong_scale_is_answered(slug):
    for scale, expected in KNOWN[slug]["parameters"].items():
        assert count_parameters(build(slug, scale)) == expected
    with pytest.raises(ValueError, match="unknown scale 'papers'; did you mean 'paper'"):
        build(slug, "papers")


@each_network
def test_options_are_those_of_forward(slug):
    """Found in the class that `build` says it returns, so that nothing is built to list them."""
    parameters = inspect.signature(build(slug).forward).parameters.values()
    own = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    listed = own | LEARNED_OPTIONS
    if slug in WITHOUT_REACH:  # no tile of what looks at the whole image
        del listed["tile"]
    assert get_method(slug).options == listed


@each_network
def test_the_result_is_the_known_one(slug):
    if weights_of(slug) != KNOWN[slug]["weights"]:
        pytest.fail("the weights were made again: write the numbers again with python -m tests.methods.probe")
    np.testing.assert_allclose(probe(slug), KNOWN[slug]["probe"], atol=2e-4)


@each_network
def test_parts_that_never_learn_are_as_they_were_built(slug):
    fresh, shipped = build(slug), dict(load_network(get_method(slug)).cpu().state_dict())
    learned = {name for name, p in fresh.named_parameters() if p.requires_grad}
    counted = ("running_mean", "running_var", "num_batches_tracked", "._u", "._v")  # the last two: spectral norm
    for name, tensor in fresh.state_dict().items():
        if name not in learned and not name.endswith(counted):
            # Formulas are in double precision: another processor may round the last bit, and leave 1e-18 where 0 was.
            assert torch.allclose(tensor, shipped[name], rtol=2**-23, atol=1e-15), name
    assert any(not torch.equal(fresh.state_dict()[name], shipped[name]) for name in learned)


@each_recipe
@pytest.mark.filterwarnings("ignore::medfuse_course.training.TrainingWarning")  # what so short a game ends with
def test_a_short_training_lowers_the_loss(slug):
    """That of the last phase (of all, where the last is validated once), on patches that it never sees."""
    recipe = load_object(get_method(slug).recipe)
    history = train(recipe, profile="smoke").history
    last = [one for one in history if one.phase == recipe.phases[-1].name]
    first, *_, end = (sum(one.validation.values()) for one in (last if len(last) > 1 else history))
    assert end < first


def keeps_the_size_and_the_bytes(slug, shape):
    a, b = noise(*shape)
    result = solve(slug, a, b)
    assert result.shape == shape and result.dtype == np.float32
    assert result.tobytes() == solve(slug, a, b).tobytes()


@each_network
@pytest.mark.parametrize("shape", [(257, 129), pytest.param((331, 585), marks=pytest.mark.weekly)])
def test_odd_sizes_and_two_calls_give_the_same_bytes(slug, shape):
    keeps_the_size_and_the_bytes(slug, shape)


@pytest.mark.slow
@each_transformer
def test_sides_that_no_window_divides_give_the_same_size(slug):
    keeps_the_size_and_the_bytes(slug, (299, 511))


@each_fuser
def test_a_stack_is_fused_as_its_slices_are_in_gray_and_in_color(slug):
    """To rounding: a sum over several slices may be taken in another order."""
    (a, b), rgb = noise(3, 33, 38), noise(3, 33, 38, 3, seed=1)[0]
    for first, second in ((a, b), (a, rgb), (rgb, b)):
        fused = fuse_stack(first, second, slug, batch=2, **ONE_LOOK.get(slug, {}))
        for one, x, y in zip(fused, first, second, strict=True):
            np.testing.assert_allclose(one, fuse(x, y, slug, **ONE_LOOK.get(slug, {})), atol=1e-4)


@each_fuser
def test_forward_takes_tensors_and_gives_one_channel_or_three(slug):
    network, (a, b) = load_network(get_method(slug)).cpu(), torch.rand(2, 2, 1, 32, 40)
    with torch.inference_mode():
        assert network(a, b).shape == a.shape
        if get_method(slug).color_native:
            assert network(a, b.expand(-1, 3, -1, -1)).shape == (2, 3, 32, 40)


@each_network
def test_what_lies_further_than_its_reach_does_not_matter(slug):
    network, (a, b) = load_network(get_method(slug)).cpu(), noise(16, 400)
    reach = reach_of(network, {})
    assert (reach is None) == (slug in WITHOUT_REACH)
    if reach is None:
        with pytest.raises(ValueError, match="tile: expected None: .* looks at the whole image, got 64"):
            run_network(network, a, b, tile=64)
        return
    *others, last = inputs(slug, (a, b))
    far = last.copy()
    far[:, 203:] = 1 - far[:, 203:]
    change = np.abs(run_network(network, *others, far) - run_network(network, *others, last)).max(axis=0)
    assert change[: 203 - reach].max() < 1e-6 and change[203:].max() > 1e-3


@each_network
def test_tiles_give_what_the_whole_image_gives(slug):
    """In double precision to the last digits, so the halo is wide enough; in single precision to rounding."""
    pair, network = load_pair("head/mri-ct", seed=3), load_network(get_method(slug)).cpu()
    reach = reach_of(network, {})
    if reach is None:
        return
    window = np.s_[100:124, :] if reach > 64 else np.s_[60:160, 52:200]  # a strip for the one that looks far
    a, b = pair.a[window], pair.b[window]
    images, near = inputs(slug, (a, b)), ROUNDING.get(slug, 1e-5)
    whole = run_network(network, *images)
    np.testing.assert_allclose(run_network(network, *images, tile=50), whole, atol=near)
    if not hasattr(network, "slices"):
        stack = run_network(network, *inputs(slug, (np.stack([a, b]), np.stack([b, a]))), tile=50)
        np.testing.assert_allclose(stack[0], whole, atol=near)
    multiple = max(8, getattr(network, "multiple", 1))
    grown = [grow(x, getattr(network, "multiple", 1)).double() for x in tensors(slug, network, images)]
    with torch.inference_mode():
        pieces = in_tiles(network.double(), *grown, side=48, reach=reach, multiple=multiple)
        torch.testing.assert_close(pieces, network(*grown), atol=1e-9, rtol=0)


@each_network
def test_bf16_is_near_and_a_precision_that_is_not_there_is_answered(slug):
    a, b = sources()
    assert np.abs(solve(slug, a, b, precision="bf16") - solve(slug, a, b)).mean() < 0.02
    with pytest.raises(ValueError, match="unknown precision 'bf61'; did you mean 'bf16'"):
        solve(slug, a, b, precision="bf61")


@each_network
def test_what_is_torch_can_be_exported_and_what_is_not_says_so(slug):
    network = load_network(get_method(slug)).cpu()
    first, other = (tensors(slug, network, noise(32, 32, seed=k)) for k in (0, 1))
    if getattr(network, "exportable", True):
        with torch.inference_mode():
            exported = torch.export.export(network, tuple(first)).module()
            assert torch.allclose(exported(*other), network(*other), atol=1e-5)
    else:
        with pytest.raises(RuntimeError, match="numpy"):
            torch.export.export(network, tuple(first))


@each_network
def test_a_network_handed_out_is_the_callers_own(slug):
    a, b = noise(32, 32)
    before = solve(slug, a, b)
    network = load_network(get_method(slug))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    np.testing.assert_array_equal(solve(slug, a, b), before)


# Its own peak: `resource` would tell that of the process that it was forked from, where that was larger.
LARGE = """
import numpy as np
from tests.methods.probe import solve
a, b = np.random.default_rng(0).random((2, {side}, {side}), dtype=np.float32)
result = solve("{slug}", a, b, **{options})
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(peak / 1024, *result.shape, np.isfinite(result).all())
np.save("{part}", result[500:530, 500:530])
"""


def megabytes(slug, side, options, part):
    """What a process of its own needs at most for a square image."""
    code = LARGE.format(slug=slug, side=side, options=options, part=part)
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600).stdout.split()
    assert said[1:] == [str(side), str(side), "True"]
    return float(said[0])


@pytest.mark.slow
def test_4096_pixels_fit_into_two_gigabytes(tmp_path, slug="max_residual"):
    part = tmp_path / "part.npy"
    assert megabytes(slug, 4096, {}, part) < 2048
    a, b = np.random.default_rng(0).random((2, 4096, 4096), dtype=np.float32)
    around = fuse(a[400:640, 400:640], b[400:640, 400:640], slug)
    np.testing.assert_allclose(np.load(part), around[100:130, 100:130], atol=1e-5)


@each_attention
def test_1024_pixels_with_attention_fit_into_two_gigabytes(slug, tmp_path):
    """In tiles; whole, where every token looks at all."""
    options = {"tile": 256} if "tile" in get_method(slug).options else {}
    assert megabytes(slug, 1024, options, tmp_path / "part.npy") < 2048
