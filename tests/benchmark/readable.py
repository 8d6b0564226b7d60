"""The curve of scores against readability on patients of ``test``: ``python -m tests.benchmark.readable [PHANTOMS]``.

PHANTOMS, which may be left out, is a file of weights of ``readable_fusion`` that saw phantoms alone. It is made by
``python -m tests.benchmark.readable --train PHANTOMS``. What is written is ``data/benchmark/readable.csv``.

On every slice of ``test`` that the leaderboard scores: what the evaluator of CDDFuse says of the luminance, and both
readabilities, of known methods, of the network along its knob, of the one that saw phantoms alone, and of other
people's networks, as in ``tests.benchmark.peers``. On four slices of each patient of ``train`` and ``val`` with CT or
SPECT (`places_to_choose`) both readabilities alone, to choose the knob by. On phantom heads (`SEEDS`), which neither
network was trained on, the same, and what their truth says. No image is shown or kept.
"""

import dataclasses
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from medfuse_course import evaluate, fuse, load_pair
from medfuse_course.benchmark import Results
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.table import table_text
from medfuse_course.color import luma
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.types import Image
from medfuse_course.datasets import aanlib
from tests.benchmark.peers import Place, luminance, places

SCORES = ("en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim")
READ = ("activity_read", "anatomy_read", "background_lift")
TRUTHS = ("lesion_contrast_recovery", "hallucinated_edges", "missed_edges")
KNOWN = ("maximum", "average", "laplacian_pyramid", "max_residual")
KNOBS = (0.0, 0.25, 0.5, 0.75, 1.0)
PEERS = ("peer/almfnet", "peer/gesenet")
PHANTOMS = "phantoms_only"
TASKS = ("head/mri-ct", "head/mri-spect", "head/mri-pet")
SEEDS = range(20, 32)
"""Heads with two lesions each."""


def fusers(phantoms: Path | None) -> dict[str, Callable]:
    """Name and fuser of everything but other people's pictures."""

    def one(method, **options):
        return lambda a, b: fuse(a, b, method, **options)

    found = {name: one(name) for name in KNOWN}
    found |= {f"readable_fusion:readability={k:g}": one("readable_fusion", readability=k) for k in KNOBS}
    if phantoms is not None:
        found |= {
            f"{PHANTOMS}:readability={k:g}": one("readable_fusion", readability=k, weights=phantoms) for k in KNOBS[::2]
        }
    return found


def places_to_choose() -> list[Place]:
    """Four slices of every patient of ``train`` and ``val``, without the one head of PET."""
    return [
        (f"{pair}:split={split}", case, number)
        for pair in ("aanlib/mri-ct", "aanlib/mri-spect")
        for split in ("train", "val")
        for case, numbers in aanlib.cases(pair, split).items()
        for number in numbers[len(numbers) // 8 :: len(numbers) // 4][:4]
    ]


def _gray(pair: str, case: int, number: int) -> tuple[Image, Image]:
    name, _, split = pair.partition(":split=")
    sources = load_pair(name, case=case, slice=number, split=split)
    return tuple(x if x.ndim == 2 else luma(x) for x in (sources.a, sources.b))


def choice_rows(wanted: Iterable[Place]) -> Iterator[Row]:
    """Both readabilities of the average and of the network along its knob."""
    methods = {name: fuser for name, fuser in fusers(None).items() if name == "average" or ":" in name}
    for pair, case, number in wanted:
        a, b = _gray(pair, case, number)
        for name, fuser in methods.items():
            for metric, value in evaluate(fuser(a, b), a, b, READ[:2], "course").items():
                yield Row(name, pair, number, None, case, metric, "course", value, math.nan, "ok", "", "")


def rows_of(phantoms: Path | None, wanted: Iterable[Place]) -> Iterator[Row]:
    """All rows of these places."""
    methods = fusers(phantoms)
    for pair, case, number in wanted:
        a, b = _gray(pair, case, number)
        fused = {name: fuser(a, b) for name, fuser in methods.items()}
        fused |= {peer: luminance(peer, (pair, case, number)) for peer in PEERS}
        for name, image in fused.items():
            for preset, metrics in (("cddfuse", SCORES), ("course", READ)):
                for metric, value in evaluate(image, a, b, metrics, preset).items():
                    yield Row(name, pair, number, None, case, metric, preset, value, math.nan, "ok", "", "")


def phantom_rows(phantoms: Path | None, seeds: Iterable[int]) -> Iterator[Row]:
    """The same rows of phantom heads, without other people's networks, and with the truth."""
    methods = fusers(phantoms)
    for seed in seeds:
        for task in TASKS:
            head = load_pair(task, seed=seed, lesions=2)
            for name, fuser in methods.items():
                fused = fuser(head.a, head.b)
                for preset, metrics in (("cddfuse", SCORES), ("course", (*READ, *TRUTHS))):
                    for metric, value in evaluate(fused, head.a, head.b, metrics, preset, truth=head.truth).items():
                        pair = f"{task}:lesions=2"
                        yield Row(name, pair, None, seed, None, metric, preset, value, math.nan, "ok", "", "")


def train_on_phantoms(path: Path) -> None:
    """The same recipe, without real slices, and with two thirds of the steps."""
    from medfuse_course.methods import weights
    from medfuse_course.methods.cnn.readable_fusion import RECIPE, Patches
    from medfuse_course.training import ProgressBar, train

    budget = dataclasses.replace(RECIPE.budget("ship"), steps=2000)
    recipe = dataclasses.replace(RECIPE, data=Patches(real=()), budgets=budget)
    weights.save(train(recipe, profile="ship", callbacks=[ProgressBar("phantoms alone")]), path)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        train_on_phantoms(Path(sys.argv[2]))
    else:
        weights = Path(sys.argv[1]) if sys.argv[1:] else None
        found = (
            *rows_of(weights, tqdm(places())),
            *choice_rows(places_to_choose()),
            *phantom_rows(weights, tqdm(SEEDS)),
        )
        with atomic_path(data_path("benchmark") / "readable.csv") as part:
            part.write_text(table_text(Results(found)), encoding="utf8")
