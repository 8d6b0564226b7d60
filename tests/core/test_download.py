"""A download is verified, goes on where it stopped, and leaves nothing that is wrong."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from medfuse_course.core import download as module
from medfuse_course.core.download import DownloadError, cache_folder, download
from tests.interrupts import ctrl_c
from tests.loopback import Server

BODY = bytes(range(256)) * 32
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.files["w.pth"] = BODY
    yield server
    server.close()


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_CHUNK", 1024)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    return tmp_path / "cache" / "w.pth"


def _left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize("sha256", [SHA, SHA[:8]])
def test_a_file_arrives_whole(server: Server, target: Path, sha256: str) -> None:
    download(f"{server.address}w.pth", target, sha256)
    assert target.read_bytes() == BODY
    assert _left(target) == ["w.pth"]


# requests leaves a cut connection to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupted_download_goes_on_where_it_stopped(server: Server, target: Path) -> None:
    server.broken["w.pth"] = "cut"
    with pytest.raises(DownloadError, match=r"w\.pth: could not be downloaded \(.*bytes read"):
        download(f"{server.address}w.pth", target, SHA, retries=0)
    assert _left(target) == ["w.pth.part"]
    server.broken.clear()
    download(f"{server.address}w.pth", target, SHA, retries=0)
    assert target.read_bytes() == BODY
    assert server.starts == [0, len(BODY) // 2]
    assert _left(target) == ["w.pth"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_retry_goes_on_too(server: Server, target: Path) -> None:
    server.broken["w.pth"] = "cut"  # half of what is missing each time
    with pytest.raises(DownloadError):
        download(f"{server.address}w.pth", target, SHA, retries=2)
    assert server.starts == [0, 4096, 6144]


def test_a_server_without_ranges_sends_all_again(server: Server, target: Path) -> None:
    server.ranges = False
    target.parent.mkdir()
    target.with_name("w.pth.part").write_bytes(BODY[:3000])
    download(f"{server.address}w.pth", target, SHA, retries=0)
    assert target.read_bytes() == BODY
    assert server.asked["w.pth"] == 1


@pytest.mark.parametrize("part", [b"x" * 3000, BODY + b"more"])
def test_a_part_of_something_else_is_thrown_away(server: Server, target: Path, part: bytes) -> None:
    target.parent.mkdir()
    target.with_name("w.pth.part").write_bytes(part)
    download(f"{server.address}w.pth", target, SHA, retries=0)
    assert target.read_bytes() == BODY
    assert _left(target) == ["w.pth"]


@pytest.mark.parametrize(
    ("fault", "reason"), [("other", "its sha256 differs"), ("404", "404"), ("dead", "without response|reset|aborted")]
)
def test_a_lie_and_a_silence_leave_nothing(server: Server, target: Path, fault: str, reason: str) -> None:
    server.broken["w.pth"] = fault
    with pytest.raises(DownloadError, match=reason):
        download(f"{server.address}w.pth", target, SHA, retries=1)
    assert _left(target) == []
    assert server.asked["w.pth"] == 2


def test_an_endless_answer_ends_at_the_most_a_file_may_have(server: Server, target: Path) -> None:
    server.broken["w.pth"] = "endless"
    with pytest.raises(DownloadError, match="expected at most 100,000 bytes, and the server sends more"):
        download(f"{server.address}w.pth", target, SHA, most=100_000)
    assert _left(target) == []
    assert server.asked["w.pth"] == 1, "it is not tried again"


def test_what_is_declared_too_large_is_not_read(server: Server, target: Path) -> None:
    with pytest.raises(DownloadError, match="expected at most 8,191 bytes"):
        download(f"{server.address}w.pth", target, SHA, most=len(BODY) - 1)
    assert _left(target) == []
    download(f"{server.address}w.pth", target, SHA, most=len(BODY))


def test_a_trickle_is_given_up(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.2)
    server.broken["w.pth"] = "trickle"
    with pytest.raises(DownloadError, match=r"it came at \d+ bytes a second, less than 1000"):
        download(f"{server.address}w.pth", target, SHA, retries=0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_lies_about_the_length(server: Server, target: Path) -> None:
    server.broken["w.pth"] = "long"
    download(f"{server.address}w.pth", target, SHA, retries=0)
    assert target.read_bytes() == BODY
    server.broken["w.pth"] = "short"
    with pytest.raises(DownloadError, match="its sha256 differs"):
        download(f"{server.address}w.pth", target.with_name("half.pth"), SHA, retries=1)
    assert _left(target) == ["w.pth"]


@pytest.mark.parametrize("fault", ["silent", "trickle", "endless"])
def test_ctrl_c_waits_for_no_server(server: Server, target: Path, fault: str) -> None:
    server.broken["w.pth"] = fault
    with ctrl_c():
        download(f"{server.address}w.pth", target, SHA)


def test_the_end_of_python_leaves_no_empty_part(server: Server, target: Path) -> None:
    server.files["v.pth"] = BODY
    server.broken |= {"w.pth": "silent", "v.pth": "trickle"}
    for file in (target, target.with_name("v.pth")):
        threading.Thread(target=_give_up, args=(f"{server.address}{file.name}", file), daemon=True).start()
    until = time.monotonic() + 20
    parts = [target.with_name(f"{name}.part") for name in ("v.pth", "w.pth")]
    while not (all(part.exists() for part in parts) and parts[0].stat().st_size):
        assert time.monotonic() < until
        time.sleep(0.02)
    module._remove_empty()
    assert _left(target) == ["v.pth.part"]


def _give_up(address: str, target: Path) -> None:
    with contextlib.suppress(OSError):
        download(address, target, SHA, retries=0)


def test_a_stop_ends_it_and_keeps_what_arrived(server: Server, target: Path) -> None:
    server.broken["w.pth"] = "trickle"
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(DownloadError, match="stopped; what has arrived is kept"):
        download(f"{server.address}w.pth", target, SHA, stop=stop)
    assert _left(target) == ["w.pth.part"]


def test_a_wrong_file_in_its_place_is_replaced(server: Server, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"rotten")
    download(f"{server.address}w.pth", target, SHA)
    assert target.read_bytes() == BODY


def test_two_that_want_one_file_fetch_it_once(server: Server, target: Path) -> None:
    both = [threading.Thread(target=download, args=(f"{server.address}w.pth", target, SHA)) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert target.read_bytes() == BODY
    assert server.asked["w.pth"] == 1
    assert _left(target) == ["w.pth"]


def test_a_folder_that_cannot_be_made_names_the_way_out(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"could not be written \(.*\); set MEDFUSE_CACHE"):
        download(f"{server.address}w.pth", tmp_path / "file" / "w.pth", SHA)


def test_a_cache_that_may_only_be_read_is_called_so(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdir(path: str, mode: int = 0o777) -> None:  # what a folder of somebody else answers, to root as well
        raise (
            FileNotFoundError(2, "No such file or directory", path)
            if not Path(path).parent.exists()
            else (PermissionError(13, "Permission denied", path))
        )

    monkeypatch.setattr("os.mkdir", mkdir)
    with pytest.raises(OSError, match=r"could not be written \(Permission denied\); set MEDFUSE_CACHE"):
        download(f"{server.address}w.pth", tmp_path / "cache" / "deep" / "w.pth", SHA)


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_uid: int) -> None:
        raise KeyError("getpwuid(): uid not found: 12345")

    for name in ("HOME", "MEDFUSE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(FileNotFoundError, match="this user has no home; set MEDFUSE_CACHE"):
        cache_folder()


def test_a_bar_on_a_terminal_only(server: Server, target: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    download(f"{server.address}w.pth", target, SHA, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    download(f"{server.address}w.pth", target.with_name("again.pth"), SHA, progress=True)
    assert "w.pth" in capsys.readouterr().err


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c"
