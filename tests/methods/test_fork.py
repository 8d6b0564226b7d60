"""Learned methods in a forked copy of a process whose torch has run on two threads: these are not copied with it."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch")
pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system"),
]

FORKED = """
import os
import numpy as np
import torch
from medfuse_course.methods import fuse
torch.set_num_threads(2)
a = np.random.default_rng(0).random((256, 256), np.float32)
before = fuse(a, a.T.copy(), "densefuse")
if not (child := os.fork()):
    same = np.allclose(fuse(a, a.T.copy(), "densefuse"), before, atol=1e-6)
    os._exit(0 if same and torch.get_num_threads() == 1 else 2)
assert torch.get_num_threads() == 2
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_fuses_and_does_not_hang():
    with subprocess.Popen([sys.executable, "-c", FORKED], start_new_session=True) as process:
        try:
            assert process.wait(timeout=100) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
