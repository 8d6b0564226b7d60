"""`medfuse_course.deployment`: files that give what the library gives, and those that do not are refused."""

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
pytestmark = pytest.mark.torch

from medfuse_course.deployment import (  # noqa: E402
    SHIPPED,
    ExportError,
    OnnxFuser,
    describe_shipped,
    export_onnx,
    reason_against,
    shipped_onnx,
    tracing,
    verify_onnx,
)
from medfuse_course.deployment.export import CLOSE  # noqa: E402
from medfuse_course.methods import fuse, get_method, list_methods, shipped_path  # noqa: E402
from medfuse_course.methods.weights import load_network  # noqa: E402

LEARNED = [method.slug for method in list_methods(task="fusion") if method.network]
EXPORTED = [slug for slug in LEARNED if reason_against(slug) is None]
SMALL = "densefuse"


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_shipped_file_is_the_library_with_the_weights_that_ship(slug):
    assert verify_onnx(shipped_onnx(slug)) <= CLOSE


def test_what_the_shipped_files_say_of_themselves():
    for told in describe_shipped():
        assert told["file"] == f"{told['method']}.onnx" and told["bytes"] < 1e6
        assert told["notice"] == "For teaching and research, not for clinical use."
        assert told["weights_sha256"][:16] in str(tracing.weight_source(get_method(told["method"])))
        assert told["color"].startswith("gray") and told["opset"] == tracing.OPSET and told["least_side"] <= 17
        model = onnx.load(shipped_onnx(told["method"]))
        (opset,) = (one.version for one in model.opset_import if one.domain == "")
        assert opset == tracing.OPSET and not any(one.domain for one in model.opset_import)
        sides = [[d.dim_param or d.dim_value for d in one.type.tensor_type.shape.dim] for one in model.graph.input]
        assert sides == [[1, 1, "height", "width"]] * 2


@pytest.mark.weekly
@pytest.mark.parametrize("slug", EXPORTED)
def test_an_exported_file_gives_what_fuse_gives_at_sizes_it_was_not_tried_at(slug, tmp_path):
    made = export_onnx(slug, tmp_path / "made.onnx")
    fuser = OnnxFuser(made.path)
    rng = np.random.default_rng(5)
    least = made.metadata["least_side"]
    for shape in ((51, 94), (least + 1, least), (133, 61)):
        a, b = rng.random((2, *shape), dtype=np.float32)
        a[:, :3], b[:, :4] = 0, 0
        fused = fuser(a, b)
        assert (fused[:, :3] == 0).all()
        np.testing.assert_allclose(fused, fuse(a, b, slug), atol=max(CLOSE, 2 * made.difference))


def test_a_file_is_written_with_its_options_and_gives_what_fuse_gives(tmp_path):
    made = export_onnx(SMALL, tmp_path / "l1.onnx", fusion="l1")
    for shape in ((40, 33), (133, 61)):
        a, b = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
        a[:, :3], b[:, :4] = 0, 0
        fused = OnnxFuser(made.path)(a, b)
        assert (fused[:, :3] == 0).all()
        np.testing.assert_allclose(fused, fuse(a, b, SMALL, fusion="l1"), atol=CLOSE)
    assert made.metadata["options"] == {"fusion": "l1"}
    with pytest.raises(ExportError, match="tile: expected an option of what is computed"):
        export_onnx(SMALL, tmp_path / "tiles.onnx", tile=64)


def changed(slug, by=1e-3):
    """The file of a method with one of its tensors changed a little."""
    model = onnx.load(shipped_onnx(slug))
    tensor = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    values = onnx.numpy_helper.to_array(tensor).copy()
    tensor.CopyFrom(onnx.numpy_helper.from_array(values + np.float32(by), tensor.name))
    return model


def test_a_file_whose_graph_was_changed_is_refused(tmp_path):
    path = tmp_path / "changed.onnx"
    path.write_bytes(changed(SMALL).SerializeToString())
    with pytest.raises(ExportError, match="densefuse: expected the library's result to 1e-05, got one that differs"):
        verify_onnx(path)


def test_what_differs_is_not_put_in_place(tmp_path, monkeypatch):
    monkeypatch.setattr(tracing, "to_model", lambda *_: changed(SMALL))
    target = tmp_path / "kept.onnx"
    target.write_text("as it was")
    with pytest.raises(ExportError, match="the file is not kept"):
        export_onnx(SMALL, target)
    assert target.read_text() == "as it was" and list(tmp_path.iterdir()) == [target]


def test_a_file_of_other_weights_is_refused(tmp_path):
    model = onnx.load(shipped_onnx(SMALL))
    told = tracing.said_of(model) | {"weights_sha256": "0" * 64}
    path = tmp_path / "other.onnx"
    path.write_bytes(tracing.tell(model, told).SerializeToString())
    with pytest.raises(ExportError, match="made with other weights of densefuse than these; export it again"):
        verify_onnx(path)
    onnx.helper.set_model_props(model, {"other": "x"})
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match="expected a file that medfuse export made"):
        OnnxFuser(path)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(ValueError, match="expected a file of ONNX that can be run"):
        OnnxFuser(path)


def test_images_that_a_file_does_not_take_are_answered():
    fuser = OnnxFuser(shipped_onnx("readable_fusion"))
    small, colored = np.zeros((16, 40), np.float32), np.zeros((20, 20, 3), np.float32)
    with pytest.raises(ValueError, match="17"):
        fuser(small, small)
    with pytest.raises(ValueError, match="give the luminances"):
        fuser(colored, colored)


def test_a_method_without_a_file_says_why():
    assert "learns nothing" in reason_against("laplacian_pyramid")
    assert "does synthesis" in reason_against("cyclegan")
    assert "draws a sample" in reason_against("ddfm")
    for slug in LEARNED:
        if not getattr(load_network(get_method(slug)), "exportable", True):
            assert reason_against(slug), slug
    with pytest.raises(ExportError, match="mfif_gan cannot be exported: its focus map"):
        export_onnx("mfif_gan", "never.onnx")


def test_what_the_exporter_cannot_write_is_answered_in_a_line(monkeypatch, tmp_path):
    def fails(*_):
        raise RuntimeError("Pages of advice\nNo function for aten::strange\n(Refer to the trace above)")

    monkeypatch.setattr(tracing, "to_model", fails)
    with pytest.raises(ExportError, match="densefuse cannot be exported: .*: No function for aten::strange$"):
        export_onnx(SMALL, tmp_path / "x.onnx")


def test_the_packages_are_named_where_they_are_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"onnxscript is not installed; .* pip install 'medfuse-course\[onnx\]'"):
        export_onnx(SMALL, tmp_path / "x.onnx")


def test_only_files_that_say_so_ship():
    assert {path.stem for path in shipped_onnx(SMALL).parent.glob("*.onnx")} == set(SHIPPED)
    assert shipped_path(SMALL).is_file()
