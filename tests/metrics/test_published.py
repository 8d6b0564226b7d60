"""What two published evaluators print for six fused images and three crops, metric by metric.

The printed values stand in ``tests/reference``; the images they belong to are in the public copy of the Whole Brain
Atlas, which ``MEDFUSE_DATA`` names.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from medfuse_course.core.checks import from_uint8
from medfuse_course.metrics import evaluate, features

REFERENCE = Path(__file__).parents[1] / "reference" / "evaluators.json"
KITS = {"cddfuse": "cddfuse_python", "linfeng": "linfeng_matlab"}
SLUGS = {"Nabf_as_printed_arguments_in_wrong_order": "nabf"}
RIGHT_ORDER = "Nabf"  # the same file with the arguments put right: our own definition


@pytest.fixture(scope="module")
def published(aanlib_folder):
    """Sources, fused image and printed values of each of the six."""
    record = json.loads(REFERENCE.read_text(encoding="utf8"))
    cases = []
    for entry in record["images"]:
        a, b = (from_uint8(np.asarray(Pillow.open(aanlib_folder / entry[name]))) for name in "ab")
        levels = [_rounded_luma(image) for image in (a, b)]
        fused = np.rint(sum(levels) / 2) if entry["fused"] == "average" else np.maximum(*levels)
        cases.append(((fused / 255).astype(np.float32), a, b, entry))
    return cases


def _rounded_luma(image):
    levels = image.astype(np.float64) * 255
    return np.rint(levels if levels.ndim == 2 else np.rint(levels) @ [0.299, 0.587, 0.114])


@pytest.mark.parametrize("preset", KITS)
@pytest.mark.parametrize("number", range(6))
def test_preset_prints_what_its_evaluator_prints(published, number, preset):
    f, a, b, entry = published[number]
    printed = {
        SLUGS.get(name, name.lower()): value for name, value in entry[KITS[preset]].items() if name != RIGHT_ORDER
    }
    ours = evaluate(f, a, b, list(printed), preset)
    assert len(printed) >= 12
    assert ours == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize("number", range(6))
def test_course_preset_has_nabf_with_its_arguments_in_order(published, number):
    f, a, b, entry = published[number]
    printed = entry["linfeng_matlab"][RIGHT_ORDER]
    a, b = ((_rounded_luma(image) / 255).astype(np.float32) for image in (a, b))
    assert evaluate(f, a, b, "nabf")["nabf"] == pytest.approx(printed, rel=1e-9)


@pytest.mark.parametrize("number", range(6))
def test_course_preset_is_the_same_where_nothing_is_in_dispute(published, number):
    f, a, b, entry = published[number]
    a, b = ((_rounded_luma(image) / 255).astype(np.float32) for image in (a, b))
    printed = entry["cddfuse_python"]
    ours = evaluate(f, a, b)
    for name in ("EN", "SD", "SF", "AG", "MSE", "CC", "SCD"):
        assert ours[name.lower()] == pytest.approx(printed[name], rel=1e-5)
    assert 2 * ours["vif"] == pytest.approx(printed["VIF"], rel=1e-5)
    assert ours["mi"] * np.log(2) == pytest.approx(printed["MI"], rel=1e-5)
    assert ours["qabf"] == pytest.approx(printed["Qabf"], rel=0.025)  # orientations fold, the border is not an edge


@pytest.fixture(scope="module")
def crops(aanlib_folder):
    """Averages of 64 x 64 crops, for the metrics that take that evaluator minutes on a whole image."""
    record = json.loads(REFERENCE.read_text(encoding="utf8"))
    cases = []
    for entry in record["crops"]:
        assert (entry["crop"], entry["fused"]) == ("rows and columns 96 to 159", "average")
        a, b = (from_uint8(np.asarray(Pillow.open(aanlib_folder / entry[name]))) for name in "ab")
        a, b = (_rounded_luma(image)[96:160, 96:160] for image in (a, b))
        cases.append(([np.rint((a + b) / 2), a, b], entry["linfeng_matlab"]))
    return cases


@pytest.mark.parametrize("number", range(3))
def test_linfeng_preset_has_the_mef_ssim_that_the_kit_calls_ms_ssim_and_its_fmi(crops, number):
    images, printed = crops[number]
    ours = evaluate(*((image / 255).astype(np.float32) for image in images), ["mef_ssim", "fmi", "fmi_dct"], "linfeng")
    expected = {"mef_ssim": "MS_SSIM_mef", "fmi": "FMI_gradient", "fmi_dct": "FMI_dct"}
    assert ours == pytest.approx({slug: printed[name] for slug, name in expected.items()}, rel=1e-9)


@pytest.mark.parametrize("number", range(3))
def test_fmi_of_raw_pixels_by_the_kit(crops, number):
    images, printed = crops[number]
    assert features.fmi_of_the_kit(features.pixels)(*images) == pytest.approx(printed["FMI_none"], rel=1e-9)
