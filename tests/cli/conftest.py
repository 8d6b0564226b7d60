"""Inputs of every kind, and two ways to run the command: in this process, and as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pytest

from medfuse_course.cli import main
from medfuse_course.datasets.image_files import write_image


@dataclass
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def medfuse(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command here: quick, and every exception would show."""

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Result(code, said.out, said.err)

    return run


@pytest.fixture
def process() -> Callable[..., Result]:
    """Run the command as a shell does; options go to `subprocess.run`."""

    def run(*arguments: object, **options: object) -> Result:
        command = [sys.executable, "-m", "medfuse_course", *map(str, arguments)]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
        done = subprocess.run(command, text=True, timeout=60, env=buffered, **streams)  # type: ignore[call-overload]
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout or "", done.stderr)

    return run


@pytest.fixture
def pictures(tmp_path: Path, gray_pair: tuple[np.ndarray, np.ndarray]) -> Path:
    """A folder with the gray pair as PNG and NPY, and with a color version of b."""
    a, b = gray_pair
    for ending in ("png", "npy"):
        write_image(tmp_path / f"a.{ending}", a)
        write_image(tmp_path / f"b.{ending}", b)
    write_image(tmp_path / "color.png", np.stack([b, b**2, 1 - b], axis=-1))
    return tmp_path


AFFINE = np.array([[-2.0, 0, 0, 30], [0, 2, 0, -20], [0, 0, 3, 7], [0, 0, 0, 1]])


def head(shape: tuple[int, int, int], affine: np.ndarray, invert: bool) -> np.ndarray:
    """A ball of radius 24 mm with a bright core, described in mm so that every grid shows the same one."""
    index = np.indices(shape).reshape(3, -1)
    x, y, z = affine[:3, :3] @ index + affine[:3, 3:]
    r = np.sqrt((x - 5) ** 2 + (y - 5) ** 2 + (z - 30) ** 2).reshape(shape)
    ball = np.where(r < 24, 60.0, -1000.0) if invert else np.clip(900 - 40 * r, 0, 900)
    return ball.astype(np.float32)


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """An MRI and a CT on one grid, the CT on another grid as well."""
    shape = (28, 26, 17)
    image = nibabel.Nifti1Image(head(shape, AFFINE, False).astype(np.int16), AFFINE)
    image.header["descrip"] = b"made up"
    nibabel.save(image, tmp_path / "mri.nii.gz")
    nibabel.save(nibabel.Nifti1Image(head(shape, AFFINE, True), AFFINE), tmp_path / "ct.nii")
    other = np.diag([1.5, 1.5, 2.5, 1])
    other[:3, 3] = [-25, -22, 5]
    nibabel.save(nibabel.Nifti1Image(head((40, 36, 22), other, True), other), tmp_path / "far.nii.gz")
    return tmp_path


@pytest.fixture
def open_folder():
    """A folder that a process without rights can look into; pytest's own is closed to it."""
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


_WITHOUT_RIGHTS = """
import os, sys
from medfuse_course.cli import main
arguments, warm = sys.argv[1:-1], sys.argv[-1]
# Once with all rights, which imports everything: Python's own files may be closed to others.
main([*arguments[: arguments.index("-o")], "-o", warm, "--quiet", "--overwrite"])
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(main(arguments))
"""


@pytest.fixture
def nobody(tmp_path: Path) -> Callable[..., Result]:
    """Run the command as somebody without rights."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become somebody without rights")

    def run(*arguments: object) -> Result:
        command = [sys.executable, "-c", _WITHOUT_RIGHTS, *map(str, arguments), str(tmp_path / "warm.png")]
        done = subprocess.run(command, text=True, capture_output=True, timeout=60)
        assert "Traceback" not in done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    return run
