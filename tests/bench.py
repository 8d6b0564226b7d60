"""Measure what the project promises, print it, and write ``data/timings.json``.

    python tests/bench.py [--cold] [--peers] [--only METHOD ...]

Speeds are medians on one thread, each beside a peer measured in the same run: on a shared machine only the ratio means
something. The book's part needs ``make book`` first; ``--cold`` also builds it in a fresh clone. ``--peers`` adds the
peer that needs an environment of its own. ``--only`` measures these methods and leaves all other rows as they are; what
it writes is the shortest time of the processor, which other programs on the machine disturb least.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from skimage.transform import resize

from medfuse_course.core.files import atomic_path
from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair
from medfuse_course.datasets.head.volumes import head_volumes
from medfuse_course.datasets.thorax.volumes import thorax_volumes
from medfuse_course.methods import Method, enhance, fuse, get_method, list_methods, segment, synthesize
from medfuse_course.methods.catalogue import learned_methods
from medfuse_course.metrics import evaluate, list_metrics
from tests.house import ROOT
from tests.metrics import plain
from tests.peers import PEERS, dtcwt_ms

EIGHT = ("en", "sd", "sf", "mi", "scd", "vif", "qabf", "ssim")


def median_ms(call: Callable[[], Any], repeat: int = 15) -> float:
    """Median wall time of a call in milliseconds, after one call to warm up."""
    call()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return round(1e3 * statistics.median(times), 2)


def import_ms() -> float:
    """``import medfuse_course`` in a fresh interpreter, beyond what the interpreter itself needs."""
    run = lambda code: median_ms(lambda: subprocess.run([sys.executable, "-c", code], check=True), repeat=7)  # noqa: E731
    return round(run("import medfuse_course") - run(""), 2)


def shortest_ms(call: Callable[[], Any], repeat: int = 15) -> float:
    """Shortest processor time of a call in milliseconds, after one call to warm up."""
    call()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return round(1e3 * min(times), 2)


def timed_methods() -> list[Method]:
    """Every method of fusion and every network, those without a chapter included."""
    return list({m.slug: m for m in (*list_methods(task="fusion"), *learned_methods())}.values())


def work(method: Method, pair: tuple[Image, Image]) -> Callable[[], Any]:
    """What is timed: the method's verb on the pair, or on its first image."""
    verbs = {"fusion": fuse, "enhancement": enhance, "synthesis": synthesize, "segmentation": segment}
    images = pair if method.task.slug == "fusion" else pair[:1]
    return lambda: verbs[method.task.slug](*images, method=method.slug)


def methods(chosen: Iterable[Method], clock: Callable[..., float] = median_ms, repeat: int = 9) -> dict[str, float]:
    """Milliseconds per 256 x 256 gray pair."""
    pair = square_pair(256)
    return {m.slug: clock(work(m, pair), repeat) for m in chosen}


def peers(with_dtcwt: bool) -> dict[str, float]:
    """The same of other people's transforms."""
    pair = square_pair(256)
    times = {name: median_ms(lambda peer=peer: peer(*pair), repeat=5) for name, peer in PEERS.items()}
    return times | (dtcwt_ms() if with_dtcwt else {})


def growth(side: int, chosen: Iterable[Method], clock: Callable[..., float] = median_ms) -> dict[str, float]:
    """Milliseconds per pair of ``side`` x ``side`` pixels, once."""
    pair = square_pair(side)
    return {m.slug: clock(work(m, pair), 1) for m in chosen}


def memory(chosen: Iterable[Method]) -> dict[str, float]:
    """Largest memory in MB that one call on a 256 x 256 pair asks for, filters that stay cached included."""
    pair = square_pair(256)
    peaks = {}
    for method in chosen:
        tracemalloc.start()
        work(method, pair)()
        peaks[method.slug] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
        tracemalloc.stop()
    return peaks


def square_pair(side: int) -> tuple[Image, Image]:
    """The default phantom pair, scaled to a square."""
    pair = load_pair("head/mri-ct")
    return tuple(resize(image, (side, side), anti_aliasing=True).astype(np.float32) for image in (pair.a, pair.b))


def command_line() -> dict[str, float]:
    """Seconds of ``medfuse fuse`` on a compressed NIfTI pair of 256 x 256 x 128, start and files included."""
    image = np.stack([np.roll(square_pair(256)[0], k, axis=1) for k in range(128)], axis=-1)
    rng = np.random.default_rng(0)
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in "ab":
            voxels = (1000 * image + 20 * rng.standard_normal(image.shape)).astype(np.int16)
            nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), Path(folder) / f"{name}.nii.gz")
        for method in ("laplacian_pyramid", "nsst"):
            names = ("a.nii.gz", "b.nii.gz", "-o", f"{method}.nii.gz", "--method", method, "--quiet")
            start = time.perf_counter()
            subprocess.run([Path(sys.executable).with_name("medfuse"), "fuse", *names], cwd=folder, check=True)
            times[method] = round(time.perf_counter() - start, 1)
    return times


def metrics() -> dict[str, float]:
    """Milliseconds of the eight metrics of the CDDFuse tables, and of their plain transcription."""
    pair = load_pair("head/mri-ct", lesions=2)
    fused = fuse(pair.a, pair.b)
    gray = [255 * image.astype(np.float64) for image in (fused, pair.a, pair.b)]
    truth = pair.truth
    rest = [
        m.slug for m in list_metrics() if m.slug not in EIGHT and not m.slug.startswith("fmi") and not m.needs_color
    ]
    return {
        "eight metrics": median_ms(lambda: evaluate(fused, pair.a, pair.b, EIGHT)),
        "peer: plain transcription": median_ms(lambda: [getattr(plain, name)(*gray) for name in EIGHT], repeat=3),
        "FMI (gradient)": median_ms(lambda: evaluate(fused, pair.a, pair.b, "fmi"), repeat=5),
        "all others but FMI": median_ms(lambda: evaluate(fused, pair.a, pair.b, rest, truth=truth), repeat=5),
    }


def phantom() -> dict[str, float]:
    """Milliseconds of one slice pair of the head phantom that was not asked for before."""
    seeds = iter(range(1000, 2000))
    names = ("head/mri-ct", "head/mri-pet", "head/mri-spect", "thorax/ct-pet")
    return {name: median_ms(lambda name=name: load_pair(name, seed=next(seeds)), repeat=5) for name in names}


def volumes() -> dict[str, float]:
    """Seconds of a phantom volume of two modalities, all planes."""
    makers = {"head MRI + CT": head_volumes, "thorax CT + PET": thorax_volumes}
    return {name: round(median_ms(lambda make=make: make(seed=77), repeat=1) / 1e3, 1) for name, make in makers.items()}


def pages() -> dict[str, float]:
    """Seconds that the cells of each page took when the book last ran them, from Jupyter's own cache."""
    from jupyter_cache import get_cache

    cache = get_cache(ROOT / "_build/.jupyter_cache")
    chapters = ROOT / "chapters"
    return {
        Path(record.uri).relative_to(chapters).with_suffix("").as_posix(): round(record.data["execution_seconds"], 1)
        for record in sorted(cache.list_cache_records(), key=lambda record: record.created)
        if Path(record.uri).is_relative_to(chapters)
    }


def page_sizes() -> dict[str, float]:
    """Megabytes of HTML of each built page."""
    site = ROOT / "_build/html"
    found = sorted((site / "chapters").rglob("*.html"))
    return {page.relative_to(site / "chapters").as_posix(): round(page.stat().st_size / 1e6, 2) for page in found}


def builds(cold: bool) -> dict[str, float]:
    """Seconds of ``make book``: unchanged, and on request from a fresh clone, set-up included."""

    def make(folder: Path) -> float:
        start = time.perf_counter()
        subprocess.run(["make", "book"], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return round(time.perf_counter() - start, 1)

    times = {"unchanged": make(ROOT)}
    if cold:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
            times["fresh clone, set-up included"] = make(Path(folder))
    return times


def measure_all(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Every part of the file."""
    chosen = timed_methods()
    return {
        "import (ms)": {"medfuse_course": import_ms()},
        "methods (ms)": methods(chosen) | peers(arguments.peers),
        "methods, 512 x 512 (ms)": growth(512, chosen),
        "methods, 1024 x 1024 (ms)": growth(1024, chosen),
        "methods, memory (MB)": memory(chosen),
        "medfuse fuse, 256 x 256 x 128 (s)": command_line(),
        "metrics (ms)": metrics(),
        "phantom slices (ms)": phantom(),
        "phantom volumes (s)": volumes(),
        "make book (s)": builds(arguments.cold),
        "pages (s)": pages(),
        "page sizes (MB)": page_sizes(),
    }


def measure_some(slugs: list[str]) -> dict[str, dict[str, float]]:
    """The parts on methods, for some of them."""
    chosen = [get_method(slug) for slug in slugs]
    return {
        "methods (ms)": methods(chosen, shortest_ms, repeat=25),
        "methods, 512 x 512 (ms)": growth(512, chosen, shortest_ms),
        "methods, 1024 x 1024 (ms)": growth(1024, chosen, shortest_ms),
        "methods, memory (MB)": memory(chosen),
    }


def put_in(told: dict[str, Any], parts: dict[str, dict[str, float]]) -> dict[str, Any]:
    """What the file says, with these rows new, in the order of a whole run: methods first, peers behind."""
    order = [method.slug for method in timed_methods()]
    merged = dict(told)
    for title, values in parts.items():
        rows = told[title] | values
        merged[title] = {slug: rows[slug] for slug in order if slug in rows} | rows
    return merged


def main(arguments: argparse.Namespace) -> None:
    """Measure, print, write."""
    os.environ.pop("MEDFUSE_DATA", None)
    file = ROOT / "data" / "timings.json"
    parts = measure_some(arguments.only) if arguments.only else measure_all(arguments)
    for title, values in parts.items():
        sys.stdout.write(f"\n{title}\n")
        sys.stdout.writelines(f"  {name:44} {value:10.2f}\n" for name, value in values.items())
    machine = {"python": platform.python_version(), "machine": platform.machine(), "threads": 1}
    told = (
        put_in(json.loads(file.read_text(encoding="utf8")), parts) if arguments.only else {"machine": machine, **parts}
    )
    with atomic_path(file) as part:
        part.write_text(json.dumps(told, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="METHOD", choices=[method.slug for method in timed_methods()])
    main(parser.parse_args())
