"""Sources of weights: named, verified, fetched once, and clear about what to do without a network."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402

from medfuse_course.core import download  # noqa: E402
from medfuse_course.networks.tensor_files import CheckpointError, fill, read_tensors  # noqa: E402
from medfuse_course.networks.weight_sources import (  # noqa: E402
    Download,
    Installed,
    LocalFile,
    Shipped,
    Untrained,
    WeightsUnavailableError,
    as_source,
)
from tests.loopback import Server  # noqa: E402

BODY = b"weights" * 1000
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("MEDFUSE_CACHE", str(tmp_path))
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    server = Server()
    server.files[f"net-{SHA[:8]}.pth"] = BODY
    yield server
    server.close()


@pytest.fixture
def source(server: Server) -> Download:
    return Download(f"{server.address}net-{SHA[:8]}.pth", SHA[:8])


def test_a_download_is_fetched_once_and_kept_with_the_others(server: Server, source: Download, tmp_path: Path) -> None:
    assert source.path == source.path == tmp_path / "weights" / f"net-{SHA[:8]}.pth"
    assert source.path.read_bytes() == BODY
    assert list(server.asked.values()) == [1]
    assert str(source) == f"downloaded: {source.address}, sha256 {SHA[:8]}"


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, source: Download) -> None:
    source.path.write_bytes(b"rotten")
    assert source.path.read_bytes() == BODY


def test_an_interrupted_download_goes_on(server: Server, source: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    source.cached.parent.mkdir()
    source.cached.with_name(f"{source.cached.name}.part").write_bytes(BODY[:3000])
    assert source.path.read_bytes() == BODY
    assert server.starts == [3000]


def test_a_server_that_lies_is_not_believed(server: Server, source: Download) -> None:
    server.broken[f"net-{SHA[:8]}.pth"] = "other"
    with pytest.raises(WeightsUnavailableError, match="not the expected file"):
        _ = source.path
    assert list(source.cached.parent.iterdir()) == []


def test_offline_the_error_says_what_to_do(server: Server, source: Download) -> None:
    server.close()
    with pytest.raises(WeightsUnavailableError, match=r"Connection refused.*weights='net-.*\.pth'.*weights='none'"):
        _ = source.path


def test_a_package_that_is_not_there_or_altered_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Installed("medfuse-some-weights", "some/w.pth", SHA)
    assert not installed.is_here
    with pytest.raises(
        WeightsUnavailableError, match=r"not installed; .*: python -m pip install medfuse-some-weights\."
    ):
        _ = installed.path
    about = tmp_path / "medfuse_some_weights-1.dist-info"
    (tmp_path / "some").mkdir()
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: medfuse-some-weights\nVersion: 1\n")
    (tmp_path / "some" / "w.pth").write_bytes(BODY)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed.is_here and installed.path == tmp_path / "some" / "w.pth"
    assert str(installed) == f"installed: medfuse-some-weights, sha256 {SHA[:16]}"
    (tmp_path / "some" / "w.pth").write_bytes(BODY[:-1])
    with pytest.raises(WeightsUnavailableError, match=r"w\.pth of medfuse-some-weights is not the expected file"):
        _ = installed.path


@pytest.mark.parametrize("digits", ["", "abc", "dcbb9e9", "DCBB9E9D", "x" * 8, "0" * 65])
def test_what_is_no_checksum_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="sha256: expected 8 to 64 hexadecimal digits"):
        Download("http://127.0.0.1/w.pth", digits)


def test_a_caller_names_a_file_or_none(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    with pytest.raises(FileNotFoundError, match=r"weights: expected a file of weights, got '.*w\.pth'"):
        as_source(path)
    with pytest.raises(FileNotFoundError, match="which is a folder; names that need no file: 'course', 'none'"):
        as_source(tmp_path, "course")
    with pytest.raises(TypeError, match="weights: expected a file of weights or 'none', got int"):
        as_source(3)  # type: ignore[arg-type]
    path.write_bytes(BODY)
    assert as_source(path) == as_source(str(path)) == LocalFile(path)
    assert as_source(path).identity == SHA
    assert as_source("none") == Untrained(0)
    assert as_source(Untrained(3)) == Untrained(3)
    assert Shipped(path) != LocalFile(path)


def test_random_filters_are_those_of_he_and_leave_normalization_alone() -> None:
    network = nn.Sequential(nn.Conv2d(16, 256, 3), nn.BatchNorm2d(256), nn.Linear(4, 4))
    with torch.no_grad():
        network[1].weight.fill_(5)
        network[1].running_mean.fill_(5)
    Untrained().draw(network)
    assert network[0].weight.std().item() == pytest.approx((2 / (16 * 9)) ** 0.5, rel=0.02)
    assert not network[0].bias.any() and not network[2].bias.any()
    assert network[1].weight.eq(1).all() and not network[1].running_mean.any()
    first = network[0].weight.clone()
    Untrained().draw(network)
    assert network[0].weight.equal(first)


def test_tensors_are_read_from_what_others_write(tmp_path: Path) -> None:
    tensors = {"features.0.weight": torch.arange(6.0).reshape(2, 3)}
    save_file(tensors, tmp_path / "w.safetensors")  # without a header of ours
    torch.save(tensors, tmp_path / "w.pth")
    torch.save(tensors, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    torch.save({"state_dict": tensors, "epoch": 3}, tmp_path / "run.pth")
    for name in ("w.safetensors", "w.pth", "old.pth", "run.pth"):
        read = read_tensors(tmp_path / name)
        assert list(read) == list(tensors) and read["features.0.weight"].equal(tensors["features.0.weight"])


def test_numbers_that_are_none_are_refused() -> None:
    network = nn.Linear(2, 1)
    with pytest.raises(CheckpointError, match="w: NaN or infinite numbers in 1 of 2 tensors, first 'weight'"):
        fill(network, network.state_dict() | {"weight": torch.tensor([[1, torch.nan]])}, "w")


class Dangerous:
    def __reduce__(self):
        return print, ("code from a file of weights ran",)


def test_what_is_no_file_of_tensors_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"w": torch.zeros(9)}, tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:200])
    torch.save(Dangerous(), tmp_path / "danger.pth")
    (tmp_path / "text.safetensors").write_text("no weights")
    for name in ("cut.pth", "danger.pth", "text.safetensors"):
        with pytest.raises(CheckpointError, match=rf"{name}: not a whole file of weights"):
            read_tensors(tmp_path / name)
    with pytest.raises(CheckpointError, match="could run code") as caught:  # torch itself advises to let it run
        read_tensors(tmp_path / "danger.pth")
    assert "weights_only" not in str(caught.value)
    for content in ([torch.zeros(2)], {1: torch.zeros(2)}):
        torch.save(content, tmp_path / "list.pth")
        with pytest.raises(CheckpointError, match="expected tensors by name"):
            read_tensors(tmp_path / "list.pth")
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_tensors(tmp_path / "nothing.pth")
    assert "code from" not in capsys.readouterr().out


def test_a_flipped_bit_is_seen_whenever_weights_are_read(tmp_path):
    from medfuse_course import fuse
    from medfuse_course.methods.weights import shipped_path

    whole = bytearray(shipped_path("max_residual").read_bytes())
    whole[-40] ^= 64
    (tmp_path / "x.safetensors").write_bytes(whole)
    image = np.random.default_rng(0).random((20, 24)).astype(np.float32)
    for use in (
        lambda: read_tensors(tmp_path / "x.safetensors"),
        lambda: fuse(image, image, "max_residual", weights=tmp_path / "x.safetensors"),
    ):
        with pytest.raises(CheckpointError, match="do not match its checksum"):
            use()


@pytest.mark.parametrize("method", ["max_residual", "densefuse"])
def test_the_first_use_of_a_network_draws_nothing_from_torchs_generator(method):
    from medfuse_course.methods import get_method
    from medfuse_course.methods.weights import _network, kept_network

    _network.cache_clear()
    before = torch.get_rng_state()
    kept_network(get_method(method))
    assert torch.equal(before, torch.get_rng_state())
