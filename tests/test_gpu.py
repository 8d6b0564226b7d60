"""What only a GPU can show: ``make gpu-test``. Elsewhere these tests are skipped, and say so."""

import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]

from medfuse_course.core.registry import load_object  # noqa: E402
from medfuse_course.datasets import load_pair  # noqa: E402
from medfuse_course.methods import fuse, fuse_stack, get_method  # noqa: E402
from medfuse_course.methods.catalogue import learned_methods  # noqa: E402
from medfuse_course.methods.learned import inference  # noqa: E402
from medfuse_course.networks.attention import GlobalBlock, WindowBlock  # noqa: E402
from medfuse_course.training import train  # noqa: E402
from tests.methods.probe import solve  # noqa: E402
from tests.training.tiny import recipe  # noqa: E402

LEARNED = [method.slug for method in learned_methods()]
VOLUME_S = 10
"""Seconds that 128 slices of 256 x 256 may take."""


@pytest.fixture
def on(monkeypatch):
    """Choose the device."""
    return lambda name: monkeypatch.setenv("MEDFUSE_DEVICE", name)


@pytest.mark.parametrize("slug", LEARNED)
def test_the_gpu_gives_what_the_cpu_gives(slug, on):
    pair = load_pair("head/mri-ct", seed=3)
    on("cpu")
    expected = solve(slug, pair.a, pair.b)
    on("cuda")
    fused_attention = get_method(slug).family == "transformers"  # sums over all tokens in another order
    np.testing.assert_allclose(solve(slug, pair.a, pair.b), expected, atol=1e-3 if fused_attention else 1e-4)


@pytest.mark.parametrize("size", [(64, 64), (50, 37)], ids=["whole windows", "grown windows"])
@pytest.mark.parametrize("shift", [0, 4])
@pytest.mark.parametrize("across", [False, True], ids=["itself", "another"])
def test_fused_attention_gives_what_the_cpu_gives(size, shift, across):
    """Windows with a bias and a mask, and the whole image without: torch takes another kernel for each."""
    torch.manual_seed(0)
    x, other = torch.randn(2, 2, 32, *size)
    for block in (WindowBlock(32, 4, window=8, shift=shift), GlobalBlock(32, 4)):
        context = other if across else None
        with inference():
            expected = block(x, context)
            made = block.cuda()(x.cuda(), context.cuda() if across else None)
        torch.testing.assert_close(made.cpu(), expected, atol=1e-3, rtol=0)


@pytest.mark.parametrize("slug", ["densefuse", "ifcnn", "emfusion", "max_residual"])
def test_a_volume_takes_seconds_and_each_slice_is_what_the_cpu_gives(slug, on):
    a, b = np.random.default_rng(0).random((2, 128, 256, 256), dtype=np.float32)
    on("cuda")
    fuse_stack(a[:8], b[:8], slug)  # warm up
    start = time.perf_counter()
    fused = fuse_stack(a, b, slug, batch=16)
    assert time.perf_counter() - start < VOLUME_S
    on("cpu")
    for k in (0, 77, 127):
        np.testing.assert_allclose(fused[k], fuse(a[k], b[k], slug), atol=1e-4)


@pytest.mark.parametrize("slug", ["densefuse", "drpl"])
def test_training_on_the_gpu_learns_in_mixed_precision(slug, on):
    on("cuda")
    trained = train(load_object(get_method(slug).recipe), profile="smoke")
    totals = [sum(record.validation.values()) for record in trained.history]
    assert min(totals[1:]) < totals[0]
    assert trained.provenance["device"] != "cpu"


def test_a_run_goes_on_on_the_gpu_where_it_was_stopped(tmp_path, on):
    on("cuda")

    def stop(record):
        if record.number == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe(), profile="smoke", folder=tmp_path, callbacks=[stop])
    whole, resumed = train(recipe(), profile="smoke"), train(recipe(), profile="smoke", folder=tmp_path)
    assert resumed.provenance["steps"] == whole.provenance["steps"]
    for one, other in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-2, rtol=1e-2)


def test_a_gpu_that_is_too_small_is_answered(on):
    on("cuda")
    fuse(*np.zeros((2, 16, 16), np.float32), "densefuse")  # the network itself has room
    torch.cuda.set_per_process_memory_fraction(0.001)
    try:
        with pytest.raises(MemoryError, match="MEDFUSE_DEVICE=cpu"):
            fuse_stack(*np.zeros((2, 64, 512, 512), np.float32), "densefuse", batch=64)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
