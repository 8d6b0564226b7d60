"""Cases: inputs in the unit that the verb wants, a target on the same grid, and a dose that is thinned physically."""

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.datasets import load_pair
from medfuse_course.datasets.acquisition import pet_coincidences, pet_slice
from medfuse_course.datasets.catalogue import list_cases, load_case
from medfuse_course.datasets.intensity import parse_window

FAST = {"simulate": "image_space"}


@pytest.mark.parametrize("name", [case.name for case in list_cases()])
def test_a_case_is_whole(name):
    case = load_case(name, **({} if name.startswith("head") else FAST))
    grids = {x.shape[-2:] for x in (*case.inputs.values(), case.target, case.region, case.labels, case.lesions)}
    assert len(grids) == 1
    assert len(case.windows) == len(case.inputs) + 1
    assert all(parse_window(window) for window in case.windows)
    assert case.region.any()
    assert name in repr(case)


def test_values_are_physical():
    pet = load_case("thorax/low-dose-pet", lesion_suv=15.0, lesion_size=30.0, lesions=1, **FAST)
    assert pet.target.max() > 8  # not clipped by a window
    ct = load_case("thorax/pet-ct-lesions", **FAST).inputs["CT"]
    assert ct.min() < -900 < 500 < ct.max()
    assert load_case("head/mri-to-ct").target.max() > 800


def test_neighbors_surround_the_slice():
    one = load_case("thorax/low-dose-pet", seed=1, **FAST)
    three = load_case("thorax/low-dose-pet", seed=1, neighbors=1, **FAST)
    (single,), (stack,) = one.inputs.values(), three.inputs.values()
    assert stack.shape == (3, *single.shape)
    np.testing.assert_array_equal(stack[1], single)
    with pytest.raises(ValueError, match="neighbors: expected 0 or more slices on each side of slice 0, got 1"):
        load_case("thorax/low-dose-pet", slice=0, lesions=0, neighbors=1, **FAST)


def test_thinning_to_a_tenth_is_sqrt_10_times_the_noise_and_no_bias():
    activity = np.zeros((64, 64), np.float32)
    activity[12:52, 12:52] = 5
    scan = {"spacing_mm": 3.0, "reconstruction": "fbp", "counts": 4e5}
    hu = np.full(activity.shape, -1000.0)
    clean = pet_slice(activity, hu, seed=0, **(scan | {"counts": 0}))
    noise, mean = {}, {}
    for dose in (1.0, 0.1):
        errors = np.stack([pet_slice(activity, hu, seed=seed, dose=dose, **scan) - clean for seed in range(24)])
        noise[dose] = errors[:, 20:44, 20:44].std(axis=0).mean()
        mean[dose] = errors[:, 20:44, 20:44].mean()
    assert noise[0.1] / noise[1.0] == pytest.approx(np.sqrt(10), rel=0.1)
    assert abs(mean[0.1]) < 0.05


def test_the_low_dose_counts_are_a_part_of_the_full_ones():
    """So the noise of the two is correlated, and of two seeds it is not."""
    low, full = (load_pair("thorax/ct-pet", seed=3, lesions=0, dose=dose, **FAST).b for dose in (0.5, 1.0))
    other, clean = (load_pair("thorax/ct-pet", seed=3, lesions=0, noise=noise, **FAST).b for noise in (1.4, 0.0))
    lung = ndimage.binary_erosion(load_pair("thorax/ct-pet", seed=3, lesions=0, **FAST).truth.labels == 1, iterations=3)

    def correlation(x, y):
        return np.corrcoef((x - clean)[lung], (y - clean)[lung])[0, 1]

    assert correlation(low, full) > 0.5  # sqrt(1/2) in theory
    assert correlation(low, other) < 0.5


def test_a_clinics_reference_shares_noise_with_the_scan_or_not():
    """The full dose of another examination has no noise in common with the low one; that of the same has."""
    told = {name: load_case("thorax/low-dose-pet", seed=3, dose=0.5, reference=name, **FAST) for name in
            ("truth", "nested", "independent")}  # fmt: skip
    (low,) = told["truth"].inputs.values()
    inside = ndimage.binary_erosion(told["truth"].region, iterations=3)
    noise = {name: (case.target - told["truth"].target)[inside] for name, case in told.items()}
    common = {name: np.corrcoef((low - told["truth"].target)[inside], noise[name])[0, 1] for name in list(noise)[1:]}
    assert common["nested"] == pytest.approx(np.sqrt(0.5), abs=0.08)
    assert common["independent"] == pytest.approx(0, abs=0.08)
    assert noise["nested"].std() == pytest.approx(noise["independent"].std(), rel=0.1)
    np.testing.assert_array_equal(low, *told["independent"].inputs.values())
    with pytest.raises(ValueError, match="unknown reference 'nestd'; did you mean 'nested'"):
        load_case("thorax/low-dose-pet", reference="nestd", **FAST)


@pytest.mark.parametrize("dose", [0, -1, 1.5, np.nan])
def test_a_dose_that_is_none(dose):
    with pytest.raises(ValueError, match="dose: expected a share of the full dose"):
        load_case("thorax/low-dose-pet", dose=dose, **FAST)


def test_a_dose_by_another_name_is_answered():
    with pytest.raises(ValueError, match=r"got 10; a factor of 10 less is 0\.1, and 10 % is 0\.1"):
        load_case("thorax/low-dose-pet", dose=10, **FAST)
    with pytest.raises(TypeError, match="as a number, such as 0.1, got '10 %'"):
        load_case("thorax/low-dose-pet", dose="10 %", **FAST)


def test_a_case_is_what_its_declaration_says():
    for info in list_cases():
        case = load_case(info.name, **({} if info.name.startswith("head") else FAST))
        assert (case.name, case.task) == (info.name, info.task)


def test_unknown_names_are_answered():
    with pytest.raises(ValueError, match="unknown case 'thorax/low-dose'; did you mean 'thorax/low-dose-pet'"):
        load_case("thorax/low-dose")
    with pytest.raises(TypeError, match="unknown option 'doze'; did you mean 'dose'"):
        load_case("thorax/low-dose-pet", doze=0.1)


def test_a_pair_from_the_middle_of_half_a_body_of_water_meets_half_the_water():
    """All lines through the middle of a disk of radius R are 2 R long; water stops 0.0096 of the pairs on each mm."""
    y, x = np.mgrid[:128, :128] - 63.5
    middle = (np.hypot(x, y) < 4).astype(np.float32)
    water = np.where(np.hypot(x, y) < 50, 0.0, -1000.0)
    (child, adult), (hollow, full) = (
        [pet_coincidences(middle, hu, spacing_mm=h) for h in (1.0, 2.0)] for hu in (water, 0 * water - 1000)
    )
    assert hollow / full == pytest.approx(0.25, rel=1e-3)
    assert child / adult == pytest.approx(0.25 * np.exp(0.0096 * 100), rel=0.02)


def test_a_child_is_half_an_adult_in_the_same_scanner():
    options = {"seed": 1, "neighbors": 1, "lesions": 2, "lesion_size": 12.0}
    adult, child = (load_case("thorax/low-dose-pet", body=body, **options) for body in (1.0, 0.5))
    assert child.spacing == (0.8, 0.8) and adult.spacing == (1.6, 1.6)
    same = (adult.labels == child.labels).mean()
    assert 0.98 < same < 1  # the lesions are of 12 mm in both
    areas = [case.lesions.sum() * case.spacing[0] ** 2 for case in (adult, child)]
    assert areas[1] == pytest.approx(areas[0], rel=0.25)
    inner = ndimage.binary_erosion(adult.labels == 3, iterations=6)  # blood
    assert child.target[inner].mean() == pytest.approx(adult.target[inner].mean(), rel=0.05)
    with pytest.raises(ValueError, match="body: expected the size over an adult's, from 0.4 to 1, got 0.2"):
        load_case("thorax/low-dose-pet", body=0.2)
