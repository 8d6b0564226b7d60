"""Scores of other people's networks on the patients of the leaderboard: ``python -m tests.benchmark.peers``.

It writes ``data/benchmark/peers.csv`` from fused images that lie where ``MEDFUSE_PUBLISHED`` says, beside the sources
of ``MEDFUSE_DATA``. The images have no license to be passed on; what a metric says of them is a fact.
"""

import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from medfuse_course import evaluate, load_pair
from medfuse_course.benchmark import Results, read_table
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.table import table_text
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.types import FloatArray
from medfuse_course.publishing.leaderboard import PEERS

Place = tuple[str, int, int]
"""Pair, case and slice."""


def places() -> list[Place]:
    """Every image that the leaderboard scores, in its order."""
    rows = read_table(data_path("benchmark", "patients.csv"))
    return list(dict.fromkeys((row.pair, row.case, row.slice) for row in rows.rows))


def luminance(folder: Path, peer: str, pair: str, case: int, number: int) -> FloatArray:
    """What a network made of one place, in [0, 1]."""
    name = pair.partition(":")[0].removeprefix("aanlib/")
    file = folder / peer.removeprefix("peer/") / name / f"{case:02d}{number:03d}.png"
    return np.asarray(Image.open(file).convert("L"), dtype=np.float32) / 255


def scores(folder: Path, wanted: Iterable[Place]) -> Iterator[Row]:
    """What every metric of that table says of each network's luminance at these places."""
    metrics = read_table(data_path("benchmark", "patients.csv")).metrics
    for pair, case, number in wanted:
        sources = load_pair(pair.partition(":")[0], case=case, slice=number, split="test")
        for peer in PEERS:
            fused = luminance(folder, peer, pair, case, number)
            for metric, value in evaluate(fused, sources.a, sources.b, metrics).items():
                yield Row(peer, pair, number, None, case, metric, "course", value, math.nan, "ok", "", "")


if __name__ == "__main__":
    found = scores(Path(os.environ["MEDFUSE_PUBLISHED"]) / "peers", tqdm(places()))
    text = table_text(Results(tuple(found)))
    with atomic_path(data_path("benchmark") / "peers.csv") as part:
        part.write_text(text, encoding="utf8")
