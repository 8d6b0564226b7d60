"""What is kept is used again, and stays within its bound."""

import gc
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from medfuse_course.core import kept
from medfuse_course.transforms import nonsubsampled_pyramid, nsct, nsst
from medfuse_course.transforms.replicas import nsst_toolbox


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 100 * 8)
    monkeypatch.setattr(kept, "_kept", type(kept._kept)())


def test_the_latest_are_kept_as_far_as_they_fit() -> None:
    made = []

    @kept.keep
    def zeros(count: int, *, pairs: bool = False):
        made.append(count)
        return (np.zeros(count), (np.zeros(1),)) if pairs else np.zeros(count)

    first = zeros(40)
    assert zeros(40) is first
    zeros(50)
    assert (zeros(40) is first, made) == (True, [40, 50])
    zeros(30, pairs=True)  # 31 values: the 50, longest unused, go
    assert (zeros(40) is first, zeros(50).size, made) == (True, 50, [40, 50, 30, 50])
    zeros(101), zeros(101)
    assert made[4:] == [101, 101], "more than the bound is never kept"
    assert sum(size for _, size in kept._kept.values()) <= kept.MOST


@pytest.mark.parametrize("transform", [nsct, nsst, nonsubsampled_pyramid, nsst_toolbox])
def test_the_filters_of_an_image_are_gone_with_it(transform) -> None:
    """Those of 256 x 256 pixels take 2 MB and more, those of `nsct` 11 MB."""
    small, large = (np.random.default_rng(0).random((side, side), np.float32) for side in (64, 256))
    transform.synthesise(transform.analyse(small))
    gc.collect()
    tracemalloc.start()
    try:
        transform.synthesise(transform.analyse(large))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 3e5
    finally:
        tracemalloc.stop()


KEPT = """
import ctypes, gc, sys
import numpy as np
from medfuse_course.core import kept
from medfuse_course.methods import fuse
kept.MOST = 2**24
def resident():
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) / 1024
def fuse_noise(side):
    a = np.random.default_rng(0).random((side, side), np.float32)
    fuse(a, a.T.copy(), sys.argv[1])
fuse_noise(64)
before = resident()
fuse_noise(768)
print(resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_is_small_again_after_a_large_pair() -> None:
    """A quarter of the pair, of the bound and of the time that 2048 pixels take; `nsct` kept 100 MB of it."""
    done = subprocess.run([sys.executable, "-c", KEPT, "nsct"], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 60
