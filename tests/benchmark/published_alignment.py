"""What a published network aligned, and what ours and a registration do: python -m tests.benchmark.published_alignment.

It writes ``data/benchmark/published_alignment.csv`` from the images that BSAFusion's authors published, which lie where
``MEDFUSE_PUBLISHED`` says: an MRI, a second image that they moved, its truth, and what their network made of it
(luminance). The images have no license to be passed on; how far each is from its truth is a fact.

Reference: H. Li and others, "BSAFusion: A bidirectional stepwise feature alignment network for unaligned medical image
fusion", AAAI 2025.
"""

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from medfuse_course import evaluate
from medfuse_course.benchmark import Results
from medfuse_course.benchmark.experiments.registration import network_flow, seen_through
from medfuse_course.benchmark.experiments.registration.sceptic import register
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.table import table_text
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.types import FloatArray
from medfuse_course.methods import get_method

ARMS = ("as_moved", "peer/bsafusion", "align_then_fuse", "information_rigid", "information_elastic")
PAIRS = ("mri-ct", "mri-pet", "mri-spect")

Place = tuple[str, int, int]
"""Pair, case and slice."""


def places(folder: Path) -> list[Place]:
    """Every image that lies there."""
    found = [(pair, path.name.split("_")[0]) for pair in PAIRS for path in sorted((folder / pair).glob("*_mri.png"))]
    return [(pair, int(name[:-3]), int(name[-3:])) for pair, name in found]


def shown(folder: Path, place: Place, what: str) -> FloatArray:
    """One of the four images of a place, in [0, 1]."""
    pair, case, number = place
    (path,) = (folder / pair).glob(f"{case}{number:03d}_{what}.png")
    return np.asarray(Image.open(path).convert("L"), np.float32) / 255


def aligned(folder: Path, place: Place, arm: str) -> FloatArray:
    """The second image after one of `ARMS`."""
    mri, moved = shown(folder, place, "mri"), shown(folder, place, "moved")
    if arm == "as_moved":
        return moved
    if arm == "peer/bsafusion":
        return shown(folder, place, "aligned")
    if arm == "align_then_fuse":
        from medfuse_course.methods.weights import load_network

        return seen_through(moved, network_flow(load_network(get_method(arm)).cpu().eval(), mri, moved))
    return seen_through(moved, register(mri, moved, elastic=arm == "information_elastic"))


def scores(folder: Path, wanted: Iterable[Place], arms: Iterable[str] = ARMS) -> Iterator[Row]:
    """The correlation of each with the truth."""
    for place in wanted:
        truth = shown(folder, place, "truth")
        for arm in arms:
            value = evaluate(aligned(folder, place, arm).clip(0, 1), truth, truth, "cc")["cc"]
            name, case, number = place
            yield Row(arm, f"bsafusion/{name}", number, None, case, "cc", "course", value, math.nan, "ok", "", "")


if __name__ == "__main__":
    images = Path(os.environ["MEDFUSE_PUBLISHED"]) / "bsafusion"
    text = table_text(Results(tuple(scores(images, tqdm(places(images))))))
    with atomic_path(data_path("benchmark") / "published_alignment.csv") as part:
        part.write_text(text, encoding="utf8")
