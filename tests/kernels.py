"""Notebooks in a kernel of their own, on a machine where much else runs."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest


def run_notebook(notebook: Any, folder: Path, **more: Any) -> None:
    """Execute the cells in `folder`. Its sockets are files: two kernels that start together can take one port."""
    nbclient = pytest.importorskip("nbclient")
    config = pytest.importorskip("traitlets.config").Config()
    with TemporaryDirectory() as sockets:  # a short path: a socket's may have 107 characters
        config.KernelManager.update(transport="ipc", ip=str(Path(sockets) / "kernel"))
        nbclient.NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=300,
            startup_timeout=180,
            resources={"metadata": {"path": str(folder)}},
            config=config,
        ).execute(**more)
