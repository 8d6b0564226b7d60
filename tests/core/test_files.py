import os
import stat

import pytest

from medfuse_course.core.files import atomic_path, data_path


def test_the_file_appears_whole(tmp_path):
    target = tmp_path / "image.nii.gz"
    with atomic_path(target) as part:
        assert part.name.endswith(".nii.gz")
        part.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "image.png"
    target.write_text("old")
    with pytest.raises(OSError, match="disk full"), atomic_path(target) as part:
        part.write_text("ne")
        raise OSError("disk full")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_file_has_ordinary_permissions(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with atomic_path(tmp_path / "written") as part:
        part.touch()
    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_that_is_replaced_keeps_its_permissions_and_a_link_stays_one(tmp_path):
    private, link = tmp_path / "private", tmp_path / "link"
    private.touch()
    private.chmod(0o600)
    link.symlink_to(private)
    with atomic_path(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert private.read_text() == "new"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_what_appeared_meanwhile_is_left_as_it_is(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise PermissionError("no links on this disk")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    target = tmp_path / "image.png"
    with atomic_path(target, overwrite=False) as part:
        part.write_text("first")
    assert target.read_text() == "first"
    with pytest.raises(FileExistsError, match="left as it is"), atomic_path(target, overwrite=False) as part:
        part.write_text("second")
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_said_of_the_file_that_was_asked_for(tiny_disk, tmp_path):
    full = pytest.raises(OSError, match=r"t\.csv: could not be written \(No space left on device\); make room")
    with full, atomic_path(tiny_disk / "t.csv") as part:
        part.write_text("x" * 10**5)
    assert list(tiny_disk.iterdir()) == []
    with pytest.raises(FileNotFoundError, match="another"), atomic_path(tmp_path / "t.csv"):
        (tmp_path / "another").read_text()  # no error of the file that is written


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="got a folder"), atomic_path(tmp_path):
        pass
    with pytest.raises(FileNotFoundError, match="does not exist"), atomic_path(tmp_path / "no" / "file.png"):
        pass


def test_shipped_data_is_found_or_named():
    assert data_path("aanlib", "manifest.json").is_file()
    with pytest.raises(FileNotFoundError, match="nothing.txt: not among the shipped data"):
        data_path("nothing.txt")
