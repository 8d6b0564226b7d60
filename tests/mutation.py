"""Break the library on purpose, one small change at a time, and see whether a test notices.

    python tests/mutation.py ROOM [--count 40] [--seed 0] [--only FILE] [--tests PATH ...]

A room is a package below `medfuse_course`: ``losses``, ``training``. Of all mutants of its modules a few are drawn.
First the room's quick tests (``tests/ROOM``, and the settings that stay) run once, unchanged, and each notes which
lines of the room it executes (kept in ``_build/mutants`` until the room or the test file changes). Then each mutant
meets the tests that executed its line, quick ones first, and others that came near, until one fails. What stands at
module level runs at import alone: it meets the tests that executed a line, or stand in a file, where its name is used.
A mutant that lives is the same program in other words, or a hole in the tests: read it.

A mutant never touches a file: it takes the place of its module's functions in a process of its own, and where it
changes what runs at import, the process imports everything anew. So tests that start another Python do not meet it,
and those that read source code read the original. Time is processor time: a busy machine kills no mutant.
"""

import argparse
import csv
import ctypes
import hashlib
import importlib
import json
import os
import random
import re
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.mutants import Mutant, mutants_of, names_of, put, swaps  # noqa: E402

LIBRARY = ROOT / "medfuse_course"
KEPT = ROOT / "_build" / "mutants"
SAID = KEPT / "said.txt"
QUICK = "not slow and not browser and not install and not handed_out and not weekly"
HEAVY = ("numpy", "scipy.ndimage", "scipy.optimize", "skimage.metrics", "nibabel", "accelerate", "torch")
"""Of these what the tests import is loaded once, before processes are made that import everything else anew."""


class Seen(NamedTuple):
    """Processor seconds of a test, and the lines of the room that it executed."""

    seconds: float
    lines: frozenset[tuple[str, int]]


class Tracer:
    """Lines of some files, as they are executed."""

    def __init__(self, files: set[str]) -> None:
        self.files, self.lines = files, set()

    def __call__(self, frame, event, argument):
        """Follow the frames of the room, and no other."""
        if frame.f_code.co_filename not in self.files:
            return None
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self


def in_a_process(work: Callable[[], int], limit: int) -> int | None:
    """The exit code of `work` in a fork of this process; None when it took more than `limit` processor seconds."""
    child = os.fork()
    if not child:
        said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1), os.dup2(said, 2)
        os.setsid()
        code = 3
        try:
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends when its parent does
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            code = int(work())
        finally:
            os._exit(code)
    end = time.monotonic() + 60 * limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return None if code in (-signal.SIGXCPU, -signal.SIGKILL) else code
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


class Room:
    """A plugin of pytest: the tests are collected, and then `work` runs some of them, in processes of their own."""

    def __init__(self, work: Callable[["Room"], None]) -> None:
        self.work, self.items, self.session = work, {}, None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if session.testsfailed:
            raise session.Failed("a file of tests does not load")
        self.session, self.items = session, {item.nodeid: item for item in session.items}
        self.work(self)
        return True

    def run(self, names: list[str], each: Callable[[str, float, bool], bool] | None = None) -> int:
        """1 at the first of these tests that fails; `each` hears of a test's seconds and outcome."""
        items = [self.items[name] for name in names if name in self.items]
        for k, item in enumerate(items):
            failed, started = self.session.testsfailed, time.process_time()
            following = items[k + 1] if k + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            passed = self.session.testsfailed == failed
            if each:
                each(item.nodeid, time.process_time() - started, passed)
            elif not passed:
                return 1
        return 0 if items else 5


def pytest_on(paths: list[str], work: Callable[[Room], None]) -> int:
    """Collect in this process, and hand the tests to `work`."""
    with TemporaryDirectory() as folder:
        options = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", QUICK]
        return pytest.main([*options, f"--basetemp={folder}/tests", *paths], plugins=[Room(work)])


def digest(*paths: Path) -> str:
    """Of the files' contents."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def trace(room: Room, files: list[Path], kept: Path) -> dict[str, Seen]:
    """Seconds and lines of each quick test that passes; kept, and run again where the room or the test file changed."""
    known = json.loads(kept.read_text()) if kept.is_file() else {}
    within = digest(*files)
    now = {name: within + digest(item.path) for name, item in room.items.items()}
    known = {name: was for name, was in known.items() if was[0] == now.get(name)}
    todo = [name for name in now if name not in known]

    def work() -> int:
        tracer = Tracer(set(map(str, files)))

        def note(name: str, seconds: float, passed: bool) -> None:
            known[name] = [now[name], seconds if passed else None, sorted(tracer.lines)]
            tracer.lines = set()

        sys.settrace(tracer)
        room.run(todo, note)
        sys.settrace(None)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known))
        return 0

    if todo and in_a_process(work, 3600) != 0:
        raise SystemExit(f"the unchanged tests did not run to their end: {SAID}")
    found = json.loads(kept.read_text())
    return {name: Seen(was[1], frozenset(map(tuple, was[2]))) for name, was in found.items() if was[1] is not None}


def chosen_for(mutant: Mutant, traced: dict[str, Seen], files: list[Path], seconds: float) -> list[str]:
    """Tests that executed the line or use its name, then those that entered the file, then all; quick ones first."""
    file, near, texts = str(mutant.path), {(str(mutant.path), mutant.line)}, {}
    names = names_of(mutant)
    word = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b") if names else None
    at_import = swaps(mutant) is None
    if at_import and word:
        rows = ((path, k, row) for path in files for k, row in enumerate(path.read_text("utf8").splitlines(), 1))
        near |= {(str(path), k) for path, k, row in rows if word.search(row)}

    parts = mutant.path.relative_to(LIBRARY).with_suffix("").parts if mutant.path.is_relative_to(LIBRARY) else ()
    packages = [f'"{".".join(parts[:k])}"' for k in range(1, len(parts) + 1)]

    def mentions(test: str) -> bool:
        """Whether a test's file has the name, or that of a package all of whose settings it looks at."""
        path = test.partition("::")[0]
        text = texts.setdefault(path, Path(path).read_text("utf8"))
        return at_import and bool((word and word.search(text)) or any(package in text for package in packages))

    def distance(test: str) -> int:
        lines = traced[test].lines
        if lines & near:
            return 0
        return 1 if mentions(test) else 2 if any(path == file for path, _ in lines) else 3

    far = {test: distance(test) for test in traced}
    most = 3 if at_import else 2
    ordered = sorted((t for t in traced if far[t] <= most), key=lambda test: (far[test], traced[test].seconds))
    chosen, spent = [], 0.0
    for test in ordered:
        spent += traced[test].seconds
        if chosen and spent > seconds:
            break
        chosen.append(test)
    return chosen


def main() -> None:
    """Read the command line, write a row for each mutant, print what lived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="modules of the room, as parts of their path")
    parser.add_argument("--tests", nargs="*", help="where to look; tests/ROOM, and settings that stay")
    parser.add_argument("--seconds", type=float, default=20, help="processor seconds of tests that a mutant meets")
    parser.add_argument("--out", type=Path, default=KEPT / "drawn.csv")
    given = parser.parse_args()
    os.chdir(ROOT)
    files = sorted((LIBRARY / given.room).rglob("*.py"))
    wanted = [path for path in files if not given.only or any(part in path.as_posix() for part in given.only)]
    every = [mutant for path in wanted for mutant in mutants_of(path)]
    drawn = random.Random(given.seed).sample(every, min(given.count, len(every)))
    KEPT.mkdir(parents=True, exist_ok=True)
    report = KEPT / "report.json"

    def limit(seconds: float) -> int:
        return int(20 + 5 * seconds)

    def swapped(room: Room) -> None:
        """The mutants within functions, one fork each: nothing is imported or collected again."""
        traced = trace(room, files, KEPT / f"{given.room}.json")
        tests = [chosen_for(mutant, traced, files, given.seconds) for mutant in drawn]
        spent = [sum(traced[name].seconds for name in names) for names in tests]
        codes = []
        for mutant, names, seconds in zip(drawn, tests, spent, strict=True):
            if swaps(mutant) is None or not names:
                codes.append(0 if names else 5)
            else:
                codes.append(in_a_process(lambda m=mutant, n=names: put(m) or room.run(n), limit(seconds)))
        report.write_text(json.dumps([tests, spent, codes, [name for name in HEAVY if name in sys.modules]]))

    paths = given.tests or [f"tests/{given.room}", *map(str, sorted(Path("tests").glob("test_*_stay.py")))]
    if in_a_process(lambda: pytest_on(paths, swapped), 7200) != 0:
        raise SystemExit(f"the unchanged tests did not run to their end: {SAID}")
    tests, spent, codes, heavy = json.loads(report.read_text())
    for name in heavy:
        importlib.import_module(name)
    words = {None: "timeout", 0: "survived", 5: "not run"}
    with given.out.open("w", newline="", encoding="utf8") as file:
        table = csv.writer(file)
        table.writerow(["verdict", "file", "line", "kind", "was", "becomes"])
        for k, mutant in enumerate(drawn):
            if codes[k] == 0:
                paths = list(dict.fromkeys(name.partition("::")[0] for name in tests[k]))
                codes[k] = anew(mutant, paths, tests[k], limit(spent[k]))
            verdict = words.get(codes[k], "killed")
            row = [verdict, mutant.path.relative_to(ROOT).as_posix(), *mutant[1:5]]
            table.writerow(row)
            if verdict in ("survived", "not run"):
                print("{}: {}:{} {}: {} -> {}".format(*row), flush=True)
    alive = sum(code in (0, 5) for code in codes)
    print(f"{given.room}: {len(drawn) - alive} of {len(drawn)} killed; {len(every)} can be drawn")


def anew(mutant: Mutant, paths: list[str], tests: list[str], limit: int) -> int | None:
    """The outcome of tests in a process that imports everything with the mutant in place."""

    def work() -> int:
        put(mutant)
        codes = []
        code = pytest_on(paths, lambda room: codes.append(room.run(tests)))
        return codes[0] if codes else code

    return in_a_process(work, limit)


if __name__ == "__main__":
    main()
