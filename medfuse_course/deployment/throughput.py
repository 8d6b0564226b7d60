"""How fast one network is by the ways there are to run it, each beside float32 in the same minutes.

Rounds go through all ways in turn, so that what else the machine does meets all of them alike; the ratio is the median
over rounds. Milliseconds are those of this machine at this hour, and mean little elsewhere.
"""

import contextlib
import csv
import io
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from medfuse_course.core.files import data_path
from medfuse_course.core.leftovers import temporary_folder
from medfuse_course.core.types import FloatArray, Image
from medfuse_course.datasets import load_pair
from medfuse_course.deployment.export import export_onnx, reason_against
from medfuse_course.deployment.quantize import quantize_onnx
from medfuse_course.deployment.runtime import open_session
from medfuse_course.deployment.shipped import SHIPPED, shipped_onnx
from medfuse_course.methods import get_method
from medfuse_course.methods.learned import as_tensor
from medfuse_course.methods.weights import load_network, shipped_path

WAYS = ("float32", "channels_last", "compiled", "onnx", "onnx_int8", "gpu", "gpu_bfloat16")
"""PyTorch, with the channels of a pixel side by side, compiled by `torch.compile`; ONNX Runtime, in float32 and in
static int8; a GPU, where there is one."""

CALIBRATION = 4
"""Pairs by which int8 is calibrated: phantoms."""

_MOST_THREADS = 1024


@dataclass(frozen=True)
class Speed:
    """One way to run a network.

    Attributes
    ----------
    method, side
        Which network, and of how many pixels the side of its square images was.
    way, threads
        Of `WAYS`; 0 threads of the processor where a GPU computes.
    milliseconds
        Median over the rounds.
    ratio
        How many times as fast as float32 of PyTorch on as many threads (a GPU: on all): median over the rounds.
    difference
        The largest to float32, in gray values of [0, 1].
    kilobytes
        Of the file that holds the network.
    """

    method: str
    side: int
    way: str
    threads: int
    milliseconds: float
    ratio: float
    difference: float
    kilobytes: float


def throughput(
    method: str = "readable_fusion", *, side: int = 256, threads: Iterable[int] | None = None, rounds: int = 9
) -> tuple[list[Speed], dict[str, str]]:
    """Time a network by each way there is on this machine.

    Parameters
    ----------
    method
        A learned fusion method that can be exported.
    side
        Of the images in pixels, a multiple of what the network wants.
    threads
        Of the processor; None: 1, and as many as there are.
    rounds
        How often each way is timed.

    Returns
    -------
    A row for each way and number of threads; and, by name, why a way is not among them.

    Raises
    ------
    ValueError
        The method cannot be exported, no network takes such sides, or no processor has so many threads.
    ImportError
        PyTorch or the packages of ONNX are not installed.
    """
    declared = get_method(method)
    if reason := reason_against(declared):
        raise ValueError(reason)
    multiple = int(getattr(load_network(declared), "multiple", 1))
    if side < 16 or side % multiple or rounds < 1:
        raise ValueError(f"side: expected a multiple of {multiple}, 16 or more, and rounds of 1 or more, got {side}")
    counts = sorted({1, _processors()} if threads is None else set(threads))
    if not counts or not all(1 <= count <= _MOST_THREADS for count in counts):
        raise ValueError(f"threads: expected numbers from 1 to {_MOST_THREADS}, got {counts}")
    rows: list[Speed] = []
    missing: dict[str, str] = {}
    with temporary_folder() as folder:
        exact, rounded = _files(method, folder, side)
        for count in counts:
            with _threads(count):
                ways, why = _ways(method, exact, rounded, side, count, gpu=count == counts[-1])
                missing |= why
                rows += _time(method, side, count, ways, rounds, {"onnx": exact, "onnx_int8": rounded})
    return rows, missing


def table_text(rows: Iterable[Speed]) -> str:
    """The rows as CSV: a line for each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(Speed)])
    for row in rows:
        writer.writerow([x if isinstance(x, str | int) else f"{x:.4g}" for x in astuple(row)])
    return text.getvalue()


def read_speeds(path: Path | None = None) -> list[Speed]:
    """Rows that `table_text` wrote; None: those that ship, of the machine that measured them.

    Examples
    --------
    >>> from medfuse_course.deployment import read_speeds
    >>> speeds = {(row.way, row.threads): row for row in read_speeds()}
    >>> speeds["float32", 1].ratio  # what the others are held to
    1.0
    """
    kinds = [
        {"str": str, "int": int, "float": float}[getattr(field.type, "__name__", str(field.type))]
        for field in fields(Speed)
    ]
    with (path or data_path("throughput.csv")).open(encoding="utf8", newline="") as file:
        _, *lines = csv.reader(file)
    return [Speed(*(kind(text) for kind, text in zip(kinds, line, strict=True))) for line in lines]


def square_pair(side: int, seed: int = 0) -> tuple[Image, Image]:
    """Two gray images of a phantom, repeated by reflection or cut to a square."""
    pair = load_pair("head/mri-ct", seed=seed)
    grown = [np.pad(x, [(0, max(0, side - n)) for n in x.shape], mode="reflect") for x in (pair.a, pair.b)]
    first, second = (np.ascontiguousarray(x[:side, :side]) for x in grown)
    return first, second


def _files(method: str, folder: Path, side: int) -> tuple[Path, Path]:
    exact, rounded = folder / "exact.onnx", folder / "rounded.onnx"
    if method in SHIPPED:
        exact = shipped_onnx(method)
    else:
        export_onnx(method, exact)
    inputs = (_named(*square_pair(side, seed)) for seed in range(1, CALIBRATION + 1))
    return exact, quantize_onnx(exact, rounded, inputs)


def _named(a: Image, b: Image) -> dict[str, FloatArray]:
    return {"a": a[None, None], "b": b[None, None]}


def _ways(
    method: str, exact: Path, rounded: Path, side: int, count: int, *, gpu: bool
) -> tuple[dict[str, Callable[[], Any]], dict[str, str]]:
    """What is timed, by name, and why something is not."""
    a, b = square_pair(side)
    tensors = [as_tensor(x) for x in (a, b)]
    missing: dict[str, str] = {}

    def of(kind: str) -> Callable[[], Any]:
        device = "cuda" if kind.startswith("gpu") else "cpu"
        layout: Any = torch.channels_last if kind != "float32" else torch.contiguous_format
        network: Any = load_network(get_method(method)).to(device)
        network = network.to(memory_format=layout)
        given = [x.to(device).contiguous(memory_format=layout) for x in tensors]
        run = torch.compile(network) if kind == "compiled" else network

        def call() -> Any:
            with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=kind == "gpu_bfloat16"):
                made = run(*given)
            if device == "cuda":
                torch.cuda.synchronize()
            return made

        return call

    ways = {"float32": of("float32"), "channels_last": of("channels_last")}
    try:
        if not any(map(shutil.which, ("g++", "clang++", "c++", "cl"))):
            raise RuntimeError("there is no C++ compiler on this machine")
        compiled = of("compiled")
        compiled()
        ways["compiled"] = compiled
    except Exception as error:  # a compiler may fail in many ways; the other rows stand without it
        missing["compiled"] = " ".join(str(error).split())[:160]
    for way, path in (("onnx", exact), ("onnx_int8", rounded)):
        ways[way] = partial(open_session(path, count).run, None, _named(a, b))
    if torch.cuda.is_available():
        ways |= {kind: of(kind) for kind in WAYS[-2:]} if gpu else {}
    else:
        missing["gpu"] = "there is no GPU that this PyTorch can use"
    return ways, missing


def _time(
    method: str, side: int, count: int, ways: dict[str, Callable[[], Any]], rounds: int, files: dict[str, Path]
) -> Iterator[Speed]:
    made = {way: _as_array(call()) for way, call in ways.items()}  # and a first call, to warm up
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, call in ways.items():
            start = time.perf_counter()
            call()
            spent[way].append(1e3 * (time.perf_counter() - start))
    exact = np.asarray(spent["float32"])
    for way, times in spent.items():
        path = files.get(way, shipped_path(method))
        yield Speed(
            method, side, way, 0 if way.startswith("gpu") else count,
            milliseconds=float(np.median(times)), ratio=float(np.median(exact / np.asarray(times))),
            difference=float(np.abs(made[way] - made["float32"]).max()), kilobytes=path.stat().st_size / 1e3,
        )  # fmt: skip


def _as_array(made: Any) -> FloatArray:
    array = made.detach().float().cpu().numpy() if isinstance(made, torch.Tensor) else made[0]
    return np.clip(np.asarray(array), 0, 1)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
