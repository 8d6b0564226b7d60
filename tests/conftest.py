"""What every test shares: one thread, repeatable property tests, and where real data lies on this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

os.environ.setdefault("OMP_NUM_THREADS", "1")

EXAMPLES = int(os.environ.get("MEDFUSE_EXAMPLES", "40"))  # of each property; fewer where versions are compared

settings.register_profile(
    "house", deadline=None, derandomize=True, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long stands at the end: it executes cells of pages, and what these leave meets no other test.

    Whole notebooks take longest and run in kernels of their own: they come first, so that no core waits for the last.
    """
    items.sort(key=lambda item: (item.path.name != "test_notebooks_run.py", "slow" in item.keywords))


def _folder(variable: str, what: str) -> Path:
    folder = os.environ.get(variable)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{what} not on this machine; {variable} names their folder")
    return Path(folder)


@pytest.fixture(scope="session")
def aanlib_folder() -> Path:
    """Local copy of the Whole Brain Atlas pairs, in the source's own layout."""
    return _folder("MEDFUSE_DATA", "real image pairs are")


@pytest.fixture(scope="session")
def published_folder() -> Path:
    """Inputs and outputs that authors published."""
    return _folder("MEDFUSE_PUBLISHED", "authors' published results are")


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One headless Chromium for all tests: Playwright allows one loop in a process."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tiny_disk(tmp_path: Path):
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a tiny disk needs root on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def gray_pair() -> tuple[np.ndarray, np.ndarray]:
    """Two different smooth images with noise, 45 x 38: odd and even sides."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:45, :38] / 45
    a = 0.5 + 0.4 * np.sin(9 * x) * np.cos(5 * y) + 0.02 * rng.standard_normal((45, 38))
    b = np.exp(-((x - 0.4) ** 2 + (y - 0.6) ** 2) / 0.05) + 0.02 * rng.standard_normal((45, 38))
    return a.clip(0, 1).astype(np.float32), b.clip(0, 1).astype(np.float32)
