"""The example of the README, run as a stranger would: own images, own network, own loss, own benchmark."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from medfuse_course.datasets import load_pair
from tests.house import ROOT

EXAMPLE = next(
    text
    for text in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf8"), re.S)
    if "torch.nn.Module" in text
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An empty folder with images of three patients, as PNG."""
    folder = tmp_path_factory.mktemp("stranger")
    for seed in range(3):
        pair = load_pair("head/mri-ct", seed=seed)
        for side, image in (("a", pair.a), ("b", pair.b)):
            path = folder / "images" / side / f"p{seed}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((image * 255).round().astype(np.uint8)).save(path)
    return folder


def run(script: str, home) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


def quick(script: str) -> str:
    """The same with less work."""
    assert "Budget(steps=200)" in script and "range(5)" in script
    return script.replace("Budget(steps=200)", "Budget(20, batch=2, check_every=10)").replace("range(5)", "range(3, 5)")


def test_the_example_is_short():
    assert sum(bool(line.strip()) for line in EXAMPLE.splitlines()) <= 20


@pytest.mark.torch
def test_a_stranger_trains_and_compares_and_a_changed_loss_is_another_run(home):
    done = run(quick(EXAMPLE), home)
    assert done.returncode == 0, done.stderr
    qabf = {
        name: float(value)
        for name, value in re.findall(r"^\| (mine|maximum|pyramid) .*?\| +\**([\d.]+)", done.stdout, re.M)
    }
    assert len(qabf) == 3 and 0.05 < qabf["mine"] < qabf["maximum"], done.stdout
    changed = run(quick(EXAMPLE).replace("weight = 5.0", "weight = 50.0"), home)
    assert "CheckpointError" in changed.stderr and "5.0 -> 50.0" in changed.stderr, changed.stderr
