"""What a killed process left is taken away; what anybody may still need is not."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from medfuse_course.core import leftovers
from medfuse_course.core.files import atomic_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no process whether another lives")


@pytest.fixture
def dead() -> int:
    """The number of a process that is gone."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def _left(path: Path, age: float = 2 * leftovers.OLD, folder: bool = False) -> Path:
    path.mkdir() if folder else path.write_text("half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_only_what_a_dead_process_of_this_machine_left_long_ago_goes(tmp_path: Path, dead: int) -> None:
    machine = leftovers.own_name("").split("-")[0]
    gone = _left(tmp_path / f".part-{machine}-{dead}-0a0b0c0d.nii.gz")
    kept = [
        _left(tmp_path / f".part-{machine}-{dead}-young.png", age=60),
        _left(tmp_path / f".part-{machine}-{os.getpid()}-mine.png"),
        _left(tmp_path / f".part-{machine}-1-theirs.png"),
        _left(tmp_path / f".part-00000000-{dead}-elsewhere.png"),
        _left(tmp_path / f".part-{machine}-x-foreign.png"),
        _left(tmp_path / ".part-notes.txt"),
        _left(tmp_path / "image.png"),
    ]
    with atomic_path(tmp_path / "new.png") as part:
        assert part.name.startswith(f".part-{machine}-{os.getpid()}-")
        part.write_text("whole")
    assert not gone.exists()
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "new.png"])


def test_a_temporary_folder_goes_with_its_block_or_with_the_next(tmp_path: Path, dead: int, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    machine = leftovers.own_name("").split("-")[0]
    precious = _left(tmp_path / "precious", folder=True)
    _left(tmp_path / f"medfuse-{machine}-{dead}-abc", folder=True)
    (tmp_path / f"medfuse-{machine}-{dead}-link").symlink_to(precious)
    with pytest.raises(SystemExit), leftovers.temporary_folder() as folder:
        assert folder.is_dir()
        raise SystemExit(129)
    assert [p.name for p in tmp_path.iterdir() if "link" not in p.name] == ["precious"]
    assert precious.is_dir()
