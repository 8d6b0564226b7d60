"""``medfuse export``."""

import pytest

pytest.importorskip("torch")
onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
pytestmark = pytest.mark.torch

from medfuse_course.deployment import OnnxFuser, shipped_onnx, tracing  # noqa: E402
from medfuse_course.methods import list_methods  # noqa: E402

SMALL = "densefuse"


def test_the_command_writes_refuses_and_lists(medfuse, tmp_path, monkeypatch):
    monkeypatch.setattr(tracing, "to_model", lambda *_: onnx.load(shipped_onnx(SMALL)))
    out = tmp_path / "d.onnx"
    done = medfuse("export", SMALL, "--format", "onnx", "-o", out)
    assert done.code == 0 and "differs from the library by at most" in done.err and f"wrote {out}" in done.err
    assert OnnxFuser(out).metadata["method"] == SMALL
    assert medfuse("export", SMALL, "-o", out).code == 1
    refused = medfuse("export", "laplacian_pyramid", "-o", tmp_path / "x.onnx")
    assert refused.code == 2 and "learns nothing" in refused.err
    assert medfuse("export", SMALL, "-o", "x.pt").code == 2
    listed = medfuse("export", "--list").out
    assert all(m.slug in listed for m in list_methods(task="fusion") if m.network) and "draws a sample" in listed
