"""Scores of other people's networks on the patients of the leaderboard: ``python -m tests.benchmark.peers [PEER ...]``.

It writes ``data/benchmark/peers.csv`` from fused pictures and weights that lie where ``MEDFUSE_PUBLISHED`` says, beside
the sources of ``MEDFUSE_DATA``: all of it, or the rows of the peers that are named. Pictures and weights have no
license to be passed on; what a metric says of them is a fact.

It writes ``lift.csv``, too: how far every method of that table and every peer lifts the background, on each eighth
slice. Our methods are run for that (minutes).
"""

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from tqdm import tqdm

from medfuse_course import evaluate, fuse, load_pair
from medfuse_course.benchmark import PEERS, Results, read_table
from medfuse_course.benchmark.results import Row
from medfuse_course.benchmark.table import table_text
from medfuse_course.color import luma
from medfuse_course.core.files import atomic_path, data_path
from medfuse_course.core.types import FloatArray
from medfuse_course.datasets import Pair, published_pictures

Place = tuple[str, int, int]
"""Pair, case and slice."""

LIFT = "background_lift"


def places() -> list[Place]:
    """Every image that the leaderboard scores, in its order."""
    rows = read_table(data_path("benchmark", "patients.csv"))
    return list(dict.fromkeys((row.pair, row.case, row.slice) for row in rows.rows))


def places_of_lift() -> list[Place]:
    """Each eighth of them: neighboring slices are near copies."""
    return places()[4::8]


def sources(place: Place) -> Pair:
    """Both images of a place, the second one in gray."""
    pair, case, number = place
    found = load_pair(pair.partition(":")[0], case=case, slice=number, split="test")
    return Pair(found.a, found.b if found.b.ndim == 2 else luma(found.b), found.name, found.modalities)


@cache
def pictures(peer: str) -> dict[Place, Callable[[], FloatArray]]:
    """What makes the luminance of each place that a peer has a picture of."""
    return {
        (f"{picture.pair}:split=test", picture.case, picture.slice): picture.image
        for picture in published_pictures(peer.removeprefix("peer/"))
    }


@cache
def released(peer: str) -> Callable[[Pair], FloatArray]:
    """The fuser that the authors' weights give, with what their code does to its image."""
    from medfuse_course.methods.cnn import emfusion, ifcnn
    from medfuse_course.networks.tensor_files import read_tensors

    folder = Path(os.environ["MEDFUSE_PUBLISHED"])
    if peer == "peer/ifcnn":
        network = ifcnn.build("paper")
        network.load_state_dict(ifcnn.read_published(folder / "ifcnn" / "weights_max.safetensors"))
        return lambda pair: fuse(pair.a, pair.b, network.eval(), black=False)
    network = emfusion.build("paper")
    network.load_state_dict(read_tensors(folder / "emfusion" / "weights_ct.safetensors"))
    return lambda pair: stretched(fuse(pair.a, pair.b, network.eval(), black=False))


def stretched(image: FloatArray) -> FloatArray:
    """From its least value to its largest: what writes EMFusion's pictures does so."""
    return (image - image.min()) / (image.max() - image.min())


def luminance(peer: str, place: Place) -> FloatArray | None:
    """What a network made of one place, in [0, 1]; None where its authors published nothing of it."""
    if peer == "peer/ifcnn" or (peer == "peer/emfusion" and "mri-ct" in place[0]):
        return released(peer)(sources(place))
    if peer == "peer/emfusion" or place not in pictures(peer):
        return None
    found = pictures(peer)[place]()
    return found if found.ndim == 2 else luma(found)


def scores(peers: Iterable[str], wanted: Iterable[Place], metrics: Iterable[str]) -> Iterator[Row]:
    """What metrics say of each network's luminance at these places."""
    chosen = tuple(metrics)
    for peer in peers:
        for place in wanted:
            if (fused := luminance(peer, place)) is not None:
                pair = sources(place)
                yield from rows_of(peer, place, evaluate(fused, pair.a, pair.b, chosen))


def rows_of(method: str, place: Place, values: dict[str, float]) -> Iterator[Row]:
    """One row for each value."""
    pair, case, number = place
    for metric, value in values.items():
        yield Row(method, pair, number, None, case, metric, "course", value, math.nan, "ok", "", "")


def lifts(methods: Iterable[str], wanted: Iterable[Place]) -> Iterator[Row]:
    """How far our methods lift the background."""
    for place in wanted:
        pair = load_pair(place[0].partition(":")[0], case=place[1], slice=place[2], split="test")
        for method in methods:
            yield from rows_of(method, place, evaluate(fuse(pair.a, pair.b, method), pair.a, pair.b, LIFT))


def write(name: str, rows: Iterable[Row]) -> None:
    """One of the tables that ship."""
    text = table_text(Results(tuple(rows)))
    with atomic_path(data_path("benchmark") / name) as part:
        part.write_text(text, encoding="utf8")


if __name__ == "__main__":
    ours, anew = read_table(data_path("benchmark", "patients.csv")), sys.argv[1:] or list(PEERS)
    for name, every, metrics in (("peers.csv", places(), ours.metrics), ("lift.csv", places_of_lift(), (LIFT,))):
        kept = read_table(data_path("benchmark", name)).rows if sys.argv[1:] else ()
        if name == "lift.csv" and not kept:
            kept = tuple(lifts(ours.methods, tqdm(every)))
        found = scores(anew, tqdm(every), metrics)
        write(name, [*(row for row in kept if row.method not in anew), *found])
