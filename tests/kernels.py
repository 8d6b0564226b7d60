"""Notebooks in a kernel of their own, on a machine where much else runs."""

import time
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any

import pytest

LOOK_AGAIN = 1.0
"""Seconds after which a client asks again whether a message has come.

A message wakes the client once. Where the wake-up got lost, it waited for its whole time limit, five minutes beside
an idle kernel, and found then that the message had long been there.
"""


def attentive_client() -> Any:
    """The class of Jupyter's client, with channels that ask every second."""
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.channels import AsyncZMQSocketChannel

    class AttentiveChannel(AsyncZMQSocketChannel):
        async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
            end = float("inf") if timeout is None else time.monotonic() + timeout
            while True:
                left = end - time.monotonic()
                try:
                    return await super().get_msg(timeout=max(0.0, min(LOOK_AGAIN, left)))
                except Empty:
                    if left <= LOOK_AGAIN:
                        raise

    class AttentiveClient(AsyncKernelClient):
        shell_channel_class = iopub_channel_class = AttentiveChannel

    return AttentiveClient


def run_notebook(notebook: Any, folder: Path, **more: Any) -> None:
    """Execute the cells in `folder`. Its sockets are files: two kernels that start together can take one port."""
    nbclient = pytest.importorskip("nbclient")
    config = pytest.importorskip("traitlets.config").Config()
    with TemporaryDirectory() as sockets:  # a short path: a socket's may have 107 characters
        config.KernelManager.update(transport="ipc", ip=str(Path(sockets) / "kernel"))
        config.AsyncKernelManager.client_factory = attentive_client()
        nbclient.NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=300,
            startup_timeout=180,
            resources={"metadata": {"path": str(folder)}},
            config=config,
        ).execute(**more)
