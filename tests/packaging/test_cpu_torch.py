"""Who gets the CPU build of PyTorch, and that an index which does not answer costs seconds and stops nothing."""

import os
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.house import ROOT
from tools import cpu_torch

OWN = "global.cert='/etc/ssl/certs/ca.crt'\n"


@pytest.mark.parametrize(
    ("system", "machine", "has_gpu", "pip_settings", "wants"),
    [
        ("Linux", "x86_64", False, "", True),
        ("Linux", "aarch64", False, OWN, True),
        ("Linux", "x86_64", False, "global.find-links='/opt/wheels'", False),
        ("Linux", "x86_64", True, "", False),
        ("Darwin", "arm64", False, "", False),
        ("Windows", "AMD64", False, "", False),
        ("Linux", "ppc64le", False, "", False),
        ("Linux", "x86_64", False, OWN + ":env:.extra-index-url='https://example.org/simple'", False),
        ("Linux", "x86_64", False, OWN + "global.index-url='https://example.org/simple'", False),
        ("Linux", "x86_64", False, "install.no-index='true'", False),
    ],
)
def test_who_gets_the_cpu_build(system, machine, has_gpu, pip_settings, wants):
    assert cpu_torch.wants_cpu_build(system, machine, has_gpu, pip_settings) is wants


def test_pip_says_what_the_environment_says(monkeypatch):
    import subprocess

    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://example.org/simple")
    settings = subprocess.check_output([*cpu_torch.PIP, "config", "list"], text=True)
    assert not cpu_torch.wants_cpu_build("Linux", "x86_64", False, settings)


def test_any_build_of_the_version_counts_as_installed(monkeypatch):
    monkeypatch.setattr(cpu_torch, "version", lambda name: "2.13.0+cpu")
    assert cpu_torch.is_installed("torch==2.13.0") and not cpu_torch.is_installed("torch==2.12.0")
    monkeypatch.undo()
    assert not cpu_torch.is_installed("no-such-package==1.0")


@pytest.fixture
def index():
    """A package index on a loopback port that offers one wheel."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page = b'<!doctype html><html><body><a href="torch-2.13.0+cpu-py3-none-any.whl">torch</a></body></html>'
            self.send_response(200 if self.path.startswith("/torch") else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *arguments):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_index_that_has_the_version_answers(index, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert cpu_torch.index_answers("torch==2.13.0", index)
    assert not cpu_torch.index_answers("torch==2.12.0", index)


def test_an_index_that_hangs_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        assert not cpu_torch.index_answers("torch==2.13.0", f"http://127.0.0.1:{silent.getsockname()[1]}", patience_s=2)
        assert time.monotonic() - start < 30


@pytest.mark.parametrize("answers", [True, False])
def test_only_an_index_that_answers_is_installed_from(answers, monkeypatch, capsys):
    calls = []

    class Done:
        returncode, stdout = 1, ""

    monkeypatch.setattr(cpu_torch.subprocess, "run", lambda command, **options: calls.append(command) or Done())
    monkeypatch.setattr(cpu_torch, "index_answers", lambda requirement: answers)
    monkeypatch.setattr(cpu_torch, "wants_cpu_build", lambda *facts: True)
    assert cpu_torch.main("torch==0.0.1") == 0
    assert [command for command in calls if "install" in command] == [
        [*cpu_torch.PIP, "install", "--quiet", "--no-deps", "--index-url", cpu_torch.INDEX, "torch==0.0.1"]
    ] * answers
    assert "default index" in capsys.readouterr().out


def test_the_makefile_and_the_lock_name_the_same_version():
    asked = re.search(r"^TORCH := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf8"), re.M)[1]
    assert asked in (ROOT / "requirements.lock").read_text(encoding="utf8").splitlines()
