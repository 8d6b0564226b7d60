"""Processes, executors and a cluster: the same values, and no death ends the run."""

import os
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor

import pytest

from medfuse_course.benchmark import Results, jobs, phantom_pairs, processes, run_benchmark
from medfuse_course.benchmark.cluster import scheduler
from medfuse_course.benchmark.store import Store
from tests.benchmark.helpers import METRICS, Bad, timeless

METHODS = ["average", Bad("pca", how="kill"), "maximum"]
PAIRS = phantom_pairs("head/mri-ct", seeds=range(3))


@pytest.fixture(scope="module")
def alone():
    """The good methods, computed in this process."""
    return timeless(run_benchmark(["average", "maximum"], METRICS, PAIRS))


def good(results):
    return timeless(Results(tuple(r for r in results.rows if r.method != "pca")))


def test_a_dying_process_costs_its_own_job_and_no_other(alone, tmp_path):
    results = run_benchmark(METHODS, METRICS, PAIRS[:1], folder=tmp_path, workers=2)
    assert good(results) == alone[:4]
    assert [r.failure for r in results.failed] == [processes.DEAD] * 2
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 3, "every job is kept once"


def test_interrupted_processes_keep_what_was_finished(alone, tmp_path, monkeypatch):
    append, calls = Store.append, []

    def interrupted(store, records):
        calls.append(records)
        if len(calls) == 2:
            raise KeyboardInterrupt
        append(store, records)

    methods = ["average", "maximum"]
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Store, "append", interrupted)
        run_benchmark(methods, METRICS, PAIRS, folder=tmp_path, workers=2)
    assert timeless(run_benchmark(methods, METRICS, PAIRS, folder=tmp_path)) == alone


def test_processes_compute_with_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with processes.Processes(1) as pool:
        told = [pool.submit(os.getenv, name).result() for name in processes.THREADS]
    assert told == ["1"] * 4
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


def test_a_process_that_dies_is_replaced_and_its_neighbour_goes_on():
    with processes.Processes(2) as pool:
        slow = pool.submit(time.sleep, 0.5)
        with pytest.raises(processes.WorkerDiedError, match="killed, out of memory"):
            pool.submit(os._exit, 3).result()
        assert slow.result() is None
        assert [f.result() for f in [pool.submit(len, "ab") for _ in range(4)]] == [2] * 4


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing on Windows")
def test_processes_end_with_the_one_that_was_killed(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "from medfuse_course.benchmark.processes import Processes\n"
        "if __name__ == '__main__':\n"
        "    pool = Processes(1)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    pool.submit(time.sleep, 60).result()\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while _lives(worker):
        assert time.monotonic() < deadline, "an orphan"
        time.sleep(0.05)


def _lives(process):
    try:
        return os.kill(process, 0) is None and "Z" not in subprocess.getoutput(f"ps -o state= -p {process}")
    except ProcessLookupError:
        return False


def test_an_interrupt_does_not_wait_for_what_runs():
    with pytest.raises(KeyboardInterrupt), processes.Processes(2) as pool:
        running = pool.submit(time.sleep, 60)
        time.sleep(0.2)
        started = time.monotonic()
        raise KeyboardInterrupt
    assert time.monotonic() - started < 10
    assert isinstance(running.exception(), processes.WorkerDiedError)


def test_a_script_without_a_guard_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from medfuse_course.benchmark import phantom_pairs, run_benchmark\n"
        "run_benchmark(['average'], ['en'], phantom_pairs('head/mri-ct', seeds=[0]), workers=2)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "call run_benchmark below `if __name__ == '__main__':`" in done.stderr.splitlines()[-1]


def test_through_threads(alone):
    with ThreadPoolExecutor(2) as pool:
        assert timeless(run_benchmark(["average", "maximum"], METRICS, PAIRS, executor=pool)) == alone


class Losing(ThreadPoolExecutor):
    """Loses whatever holds the method pca, as a cluster whose worker dies of it."""

    def submit(self, function, batch):
        if any(job.method.slug == "pca" for job in batch):
            future = Future()
            future.set_exception(ConnectionError("worker lost"))
            return future
        return super().submit(function, batch)


def test_a_batch_that_is_lost_goes_again_job_by_job(alone):
    with Losing(1) as pool:
        results = run_benchmark(METHODS, METRICS, PAIRS, executor=pool)
    assert good(results) == alone
    assert [(r.method, r.failure) for r in results.failed] == [("pca", "ConnectionError: worker lost")] * 6


def test_a_broken_executor_is_said():
    class Broken:
        def submit(self, *_):
            raise BrokenExecutor("gone")

    with pytest.raises(RuntimeError, match="executor: it is broken"):
        run_benchmark(["average"], METRICS, PAIRS, executor=Broken())


def test_a_worker_of_another_library_refuses(monkeypatch):
    monkeypatch.setattr(jobs, "library_digest", lambda: "another")
    with ThreadPoolExecutor(1) as pool:
        results = run_benchmark(["average", "maximum"], METRICS, PAIRS[:1], executor=pool)
    assert len(results.failed) == 4
    assert "got another; install the same version" in results.failed[0].failure


@pytest.mark.filterwarnings("ignore")  # of the cluster's own making
def test_through_a_dask_cluster(alone):
    dask = pytest.importorskip("dask", reason="the extra 'cluster' is not installed")

    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), scheduler("local:1") as client:
        assert timeless(run_benchmark(["average", "maximum"], METRICS, PAIRS, executor=client)) == alone
        dead = run_benchmark(METHODS[1:2], METRICS, PAIRS[:1], executor=client)
        assert ["KilledWorker" in r.failure for r in dead.failed] == [True, True]
        with scheduler(client.scheduler.address) as second:
            assert timeless(run_benchmark(["average", "maximum"], METRICS, PAIRS, executor=second)) == alone


@pytest.mark.parametrize("address", ["local", "local:0", "local:x", "", ":3", "somewhere"])
def test_no_address(address):
    with pytest.raises(ValueError, match=r"scheduler: expected an address such as tcp://10\.0\.0\.5:8786, or local:4"):
        scheduler(address).__enter__()


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="scheduler: needs Dask; install it with: pip install distributed"):
        scheduler("local:2").__enter__()
