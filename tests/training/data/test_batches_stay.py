"""The batches stay those that the weights were trained on: what is drawn, how often, and how strong.

Most shares and ranges are ours, and no law fixes them. A changed one is no error, but the weights that ship would not
come out again: whoever means it trains them and makes these sums anew (``python -m
tests.training.data.test_batches_stay``). Noise stands for anatomy, which `tests.datasets.test_phantoms_stay` holds.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.training import data  # noqa: E402
from medfuse_course.training.data import lesion_masks, low_dose_patches, patches, textures, unpaired  # noqa: E402
from medfuse_course.training.data.scaled_slices import ScaledSlices  # noqa: E402
from medfuse_course.training.recipe import Budget  # noqa: E402

KEPT = Path(__file__).parents[2] / "reference" / "batches.json"
BUDGET = Budget(steps=8, batch=6, patch=32, pool=4, refresh=2)


def noise(seed, planes, side=160):
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random((planes, side, side)), (0, 1, 1))
    return np.clip(4 * image - 1.5, 0, 1).astype(np.float32)


def scanned(seed, doses, nested, neighbors, planes):
    drawn = noise(seed + nested, len(doses) + 1)
    low = {dose: np.stack([image, 0.9 * image, 0.8 * image]) for dose, image in zip(doses, drawn, strict=False)}
    return low_dose_patches.LowDosePatient(low, drawn[-1])


def lesion_patient(seed, instead):
    ct, pet = noise(seed, 2)
    mask = pet > 0.9
    return lesion_masks.LesionPatient(2000 * ct - 1000, 8 * pet, mask, np.argwhere(mask))


def head(domain, seed, plane, side, stretch):
    return noise(seed * 100 + plane + len(domain), 1, side)[0] * (1 + stretch)


STANDS_FOR = {
    (patches, "_phantom"): lambda name, seed: tuple(noise(seed + len(name), 2)),
    (low_dose_patches, "scanned"): scanned,
    (lesion_masks, "lesion_patient"): lesion_patient,
    (unpaired, "_scanned"): head,
}
SETS = {
    "bands": data.BandPatches(),
    "color": data.ColorPatches(),
    "destroyed": data.DestroyedPatches(),
    "focus": data.FocusPatches(),
    **{f"focus masks, {edge}": data.FocusMasks(edge=edge) for edge in ("hard", "apart", "spread")},
    "focus masks, disk": data.FocusMasks(lens="disk"),
    "fusion": data.FusionPatches(),
    "grid": data.gaussian_grid(),
    "kinds": data.KindPatches(),
    "lesion masks": data.LesionMasks(),
    "lesion patches": data.LesionPatches(),
    "low dose": data.LowDosePatches(),
    "luma": data.LumaPatches(),
    "ring": data.gaussian_ring(),
    "scaled slices": ScaledSlices(),
    "unpaired heads": unpaired.UnpairedHeads(),
}


def sums(drawn):
    """Of each tensor its mean and standard deviation without what is missing, and one sum that knows every place."""
    found = []
    for values in (np.asarray(drawn[name], dtype=np.float64).ravel() for name in sorted(drawn)):
        known = np.nan_to_num(values, nan=7.0)
        found += [np.nanmean(values), np.nanstd(values), np.mean(known * np.cos(np.arange(known.size) % 97))]
    return found


def drawn_from(name):
    if name == "textures":
        each = {key: draw(np.random.default_rng(5), 32) for key, draw in textures.TEXTURES.items()}
        return [sums(each), []]
    return [sums(SETS[name].batch(1, 3, BUDGET, slice(None))), sums(SETS[name].validation(BUDGET))]


@pytest.mark.parametrize("name", [*SETS, "textures"])
def test_batches_are_those_that_the_weights_saw(name, monkeypatch):
    for (module, function), instead in STANDS_FOR.items():
        monkeypatch.setattr(module, function, instead)
    kept = json.loads(KEPT.read_text(encoding="utf8"))[name]
    for found, told in zip(drawn_from(name), kept, strict=True):
        np.testing.assert_allclose(found, told, rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    for (module, function), instead in STANDS_FOR.items():
        setattr(module, function, instead)
    made = {name: [[float(f"{x:.7g}") for x in part] for part in drawn_from(name)] for name in [*SETS, "textures"]}
    KEPT.write_text(json.dumps(made, indent=0).replace("\n", "").replace("]],", "]],\n") + "\n", encoding="utf8")
