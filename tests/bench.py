"""Measure what the project promises, print it, and write ``data/timings.json``.

    python tests/bench.py [--cold] [--peers]

Speeds are medians on one thread, each beside a peer measured in the same run: on a shared machine only the ratio means
something. The book's part needs ``make book`` first; ``--cold`` also builds it in a fresh clone. ``--peers`` adds the
peer that needs an environment of its own.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from skimage.transform import resize

from medfuse_course.core.files import atomic_path
from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair
from medfuse_course.datasets.head.scan import head_volumes
from medfuse_course.datasets.thorax.volumes import thorax_volumes
from medfuse_course.methods import fuse, list_methods
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


def methods(with_dtcwt: bool) -> dict[str, float]:
    """Milliseconds per 256 x 256 gray pair, and of the peers' transforms."""
    pair = square_pair(256)
    times = {m.slug: median_ms(lambda m=m: fuse(*pair, m.slug), repeat=9) for m in list_methods(task="fusion")}
    times |= {name: median_ms(lambda peer=peer: peer(*pair), repeat=5) for name, peer in PEERS.items()}
    return times | (dtcwt_ms() if with_dtcwt else {})


def growth(side: int) -> dict[str, float]:
    """Milliseconds per pair of ``side`` x ``side`` pixels, once."""
    pair = square_pair(side)
    return {m.slug: median_ms(lambda m=m: fuse(*pair, m.slug), repeat=1) for m in list_methods(task="fusion")}


def memory() -> dict[str, float]:
    """Largest memory in MB that one fusion of a 256 x 256 pair asks for, filters that stay cached included."""
    pair = square_pair(256)
    peaks = {}
    for method in list_methods(task="fusion"):
        tracemalloc.start()
        fuse(*pair, method.slug)
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


def main(arguments: list[str]) -> None:
    """Measure, print, write."""
    os.environ.pop("MEDFUSE_DATA", None)
    parts = {
        "import (ms)": {"medfuse_course": import_ms()},
        "methods (ms)": methods("--peers" in arguments),
        "methods, 512 x 512 (ms)": growth(512),
        "methods, 1024 x 1024 (ms)": growth(1024),
        "methods, memory (MB)": memory(),
        "medfuse fuse, 256 x 256 x 128 (s)": command_line(),
        "metrics (ms)": metrics(),
        "phantom slices (ms)": phantom(),
        "phantom volumes (s)": volumes(),
        "make book (s)": builds("--cold" in arguments),
        "pages (s)": pages(),
        "page sizes (MB)": page_sizes(),
    }
    machine = {"python": platform.python_version(), "machine": platform.machine(), "threads": 1}
    for title, values in parts.items():
        sys.stdout.write(f"\n{title}\n")
        sys.stdout.writelines(f"  {name:44} {value:10.2f}\n" for name, value in values.items())
    with atomic_path(ROOT / "data" / "timings.json") as part:
        part.write_text(json.dumps({"machine": machine, **parts}, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main(sys.argv[1:])
