"""Tasks: each names its verb, its metrics and its laws, and every method of a task keeps the laws."""

import copy
from importlib.util import find_spec

import numpy as np
import pytest
from scipy import ndimage

import medfuse_course
from medfuse_course.core.registry import UnknownNameError
from medfuse_course.datasets.catalogue import list_cases, load_case
from medfuse_course.datasets.intensity import parse_window
from medfuse_course.methods import enhance, fuse, get_method, list_methods, segment, solve, synthesize
from medfuse_course.methods.base import check_task
from medfuse_course.methods.tasks import DEFAULTS, ENHANCEMENT, FUSION, SEGMENTATION, SYNTHESIS, TASKS
from medfuse_course.metrics import list_metrics, score

EASY = {
    "thorax/low-dose-pet": {"simulate": "image_space"},
    "head/mri-to-ct": {},
    "thorax/pet-ct-lesions": {"simulate": "image_space"},
}
PAIR = ndimage.gaussian_filter(np.random.default_rng(5).random((2, 32, 40)).astype(np.float32), (0, 1, 1))


@pytest.fixture(scope="module")
def pet():
    (x,) = load_case("thorax/low-dose-pet", **EASY["thorax/low-dose-pet"]).inputs.values()
    return x


def the_fused_image_lies_in_0_1(slug, pet):
    fused = fuse(*PAIR, slug)
    assert (fused.dtype, fused.shape) == (np.float32, (32, 40))
    assert 0 <= fused.min() <= fused.max() <= 1


def symmetry_and_idempotence_hold_as_declared(slug, pet):
    a, b = PAIR
    method = get_method(slug)
    if method.symmetric:
        np.testing.assert_allclose(fuse(a, b, slug), fuse(b, a, slug), atol=1e-4)
    if method.idempotent:
        np.testing.assert_allclose(fuse(a, a, slug), a, atol=2e-3)


def nothing_stays_nothing(slug, pet):
    np.testing.assert_array_equal(enhance(np.zeros((24, 40), np.float32), slug), 0)
    np.testing.assert_array_equal(enhance(np.full((24, 40), 3.0, np.float32), slug), 3)


def the_unit_does_not_matter(slug, pet):
    once = enhance(pet, slug)
    for factor in (1e-4, 1000.0):  # MBq/ml, Bq/ml
        np.testing.assert_allclose(enhance(factor * pet, slug), factor * once, rtol=2e-4, atol=factor * 1e-4)


def activity_is_roughly_conserved(slug, pet):
    # Poisson noise is skewed: its high peaks find no like and stay, its many low pixels draw the rest down.
    assert enhance(pet, slug).mean() == pytest.approx(pet.mean(), rel=0.05)


def the_result_lies_in_0_1(slug, pet):
    head = load_case("head/mri-to-ct")
    for x in (*head.inputs.values(), np.zeros((16, 16), np.float32), np.ones((16, 21), np.float32)):
        result = synthesize(x, slug)
        assert (result.dtype, result.shape) == (np.float32, x.shape)
        assert 0 <= result.min() <= result.max() <= 1


def the_window_is_stated(slug, pet):
    low, high = parse_window(get_method(slug).window).limits
    assert low < -500 < 1000 < high  # it holds air and bone


def two_calls_give_equal_bytes(slug, pet):
    (x,) = load_case("head/mri-to-ct", seed=1).inputs.values()
    before = x.copy()
    np.testing.assert_array_equal(synthesize(x, slug), synthesize(x, slug))
    np.testing.assert_array_equal(x, before)


def the_result_is_a_mask(slug, pet):
    for images in ((pet,), (np.zeros_like(pet), pet)):
        mask = segment(*images, method=slug)
        assert (mask.dtype, mask.shape) == (np.bool_, pet.shape)


def nothing_is_found_in_nothing(slug, pet):
    assert not segment(np.zeros((20, 30)), method=slug).any()


LAWS = {
    FUSION: {
        "the result lies in [0, 1]": the_fused_image_lies_in_0_1,
        "symmetry and idempotence hold as declared": symmetry_and_idempotence_hold_as_declared,
    },
    ENHANCEMENT: {
        "nothing stays nothing": nothing_stays_nothing,
        "the unit does not matter": the_unit_does_not_matter,
        "activity is roughly conserved": activity_is_roughly_conserved,
    },
    SYNTHESIS: {
        "the result lies in [0, 1]": the_result_lies_in_0_1,
        "the window is stated": the_window_is_stated,
        "two calls give equal bytes": two_calls_give_equal_bytes,
    },
    SEGMENTATION: {
        "the result is a mask": the_result_is_a_mask,
        "nothing is found in nothing": nothing_is_found_in_nothing,
    },
}
METHODS = [m for m in list_methods() if not m.network]  # networks keep the laws of their family's own suite


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.slug)
@pytest.mark.parametrize("number", range(3))
def test_a_law_of_the_task_holds(method, number, pet):
    laws = method.task.laws
    if number < len(laws):
        LAWS[method.task][laws[number]](method.slug, pet)


def test_every_law_is_a_test():
    assert {task: tuple(LAWS[task]) for task in TASKS.values()} == {task: task.laws for task in TASKS.values()}


@pytest.mark.parametrize("task", TASKS.values(), ids=str)
def test_a_task_names_what_there_is(task):
    assert callable(getattr(medfuse_course, task.verb))
    assert get_method(DEFAULTS[task.slug]) in list_methods(task)
    assert task.metrics == tuple(m.slug for m in list_metrics(task=task.slug))
    assert len(task.metrics) >= 2
    assert list_methods(task.slug) == list_methods(task)


def test_every_method_and_metric_has_a_task():
    assert sum(len(list_methods(task)) for task in TASKS.values()) == len(list_methods())
    assert {name for metric in list_metrics(task=None) for name in metric.tasks} == set(TASKS)


@pytest.mark.parametrize("name", [case.name for case in list_cases()])
def test_a_method_beats_doing_nothing_on_its_case(name):
    """Of what can be seen as a result, the input itself is the control."""
    case = load_case(name, seed=1, **EASY[name])
    first = list_methods(case.task)[0].task.metrics[0]
    control = {
        "enhancement": lambda x: x,
        "synthesis": lambda x: np.full_like(x, case.target[case.region].mean()),
        "segmentation": lambda ct, pet: pet > pet.mean(),
    }[case.task](*case.inputs.values())
    better = 1 if list_metrics(task=case.task)[0].direction == "higher" else -1
    for method in list_methods(case.task):
        if method.network and find_spec("torch") is None:
            continue
        result = solve(case, method.slug)
        assert better * score(result, case, first)[first] > better * score(control, case, first)[first]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: enhance(x, "average"), r'does fusion; write fuse\(a, b, "average"\) instead'),
        (lambda x: fuse(x, x, "nonlocal_means"), r'does enhancement; write enhance\(x, "nonlocal_means"\) instead'),
        (lambda x: synthesize(x, "threshold_segmentation"), r'segment\(a, b, method="threshold_segmentation"\)'),
        (lambda x: segment(x, method="regression_synthesis"), r'synthesize\(x, "regression_synthesis"\)'),
    ],
)
def test_a_method_of_another_task_is_answered_with_its_verb(call, said):
    with pytest.raises(ValueError, match=said):
        call(np.zeros((16, 16), np.float32))


@pytest.mark.parametrize("verb", [enhance, synthesize, segment])
@pytest.mark.parametrize(
    ("x", "kind", "said"),
    [
        ([[0.0]], TypeError, "expected a NumPy array"),
        (np.zeros((20, 20), np.uint8), TypeError, "expected .*floats"),
        (np.zeros((20, 20, 3, 1)), ValueError, "expected .*shape"),
        (np.zeros((4, 40)), ValueError, "at least 16 x 16"),
        (np.full((20, 20), np.nan), ValueError, "expected finite values, got 400"),
        (np.ma.masked_array(np.zeros((20, 20))), TypeError, "a plain array, got a masked one"),
    ],
)
def test_what_is_no_image_is_answered(verb, x, kind, said):
    with pytest.raises(kind, match=f"[xa]: .*{said}|{said}"):
        verb(x)


def test_what_each_verb_alone_refuses():
    with pytest.raises(ValueError, match="x: expected values >= 0, got -1"):
        enhance(np.full((20, 20), -1.0))
    with pytest.raises(ValueError, match="odd number D of slices, got \\(4, 20, 20\\)"):
        enhance(np.zeros((4, 20, 20)))
    with pytest.raises(ValueError, match=r"x: expected values in \[0, 1\], got \[0, 2\]"):
        synthesize(np.linspace(0, 2, 400).reshape(20, 20))
    with pytest.raises(ValueError, match=r"b: expected the grid of a, \(20, 20\), got \(20, 21\)"):
        segment(np.zeros((20, 20)), np.zeros((20, 21)))
    with pytest.raises(TypeError, match="unknown option 'fraktion'; did you mean 'fraction'"):
        segment(np.zeros((20, 20)), fraktion=0.4)
    with pytest.raises(UnknownNameError, match="did you mean 'nonlocal_means'"):
        enhance(np.zeros((20, 20)), "nonlocal_mean")


def test_a_method_that_was_sent_to_a_process_keeps_its_task():
    sent = copy.deepcopy(get_method("nonlocal_means"))
    assert sent.task is not ENHANCEMENT
    assert check_task(sent, ENHANCEMENT) is sent
