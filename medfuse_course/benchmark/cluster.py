"""A cluster's scheduler, as an executor for `run_benchmark`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def scheduler(address: str) -> Iterator[Any]:
    """A client of a Dask scheduler, for as long as the block lasts.

    Parameters
    ----------
    address
        Where a scheduler listens, such as ``"tcp://10.0.0.5:8786"``; or ``"local:4"`` for one of its own on this
        machine with four workers, of one thread each: a cluster in small, to try things on.

    Yields
    ------
    The connected client; a cluster of its own ends with the block.

    Raises
    ------
    ImportError
        Dask is not installed.
    ValueError
        Not an address.
    OSError
        Nobody answers there.
    """
    workers = check_address(address)
    try:
        dask = import_module("distributed")
    except ImportError as error:
        raise ImportError("scheduler: needs Dask; install it with: pip install distributed") from error
    if workers is None:
        with dask.Client(address, timeout=10) as client:
            yield client
    else:
        with (
            dask.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
            dask.Client(cluster) as client,
        ):
            yield client


def check_address(address: str) -> int | None:
    """Workers of a ``local:N``, None for a scheduler elsewhere; ValueError for what is neither."""
    kind, _, rest = address.partition(":")
    if kind == "local" and rest.isdecimal() and len(rest) < 5 and int(rest):
        return int(rest)
    if kind in ("", "local") or not rest:
        raise ValueError(f"scheduler: expected an address such as tcp://10.0.0.5:8786, or local:4, got {address!r}")
    return None
