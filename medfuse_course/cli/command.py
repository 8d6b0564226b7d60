"""The parser, and the one place where an exception becomes a line and an exit code."""

import argparse
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from medfuse_course.cli import (
    bench,
    benchmark,
    console,
    data,
    doctor,
    evaluate,
    experiment,
    export,
    fuse,
    grade,
    listing,
    notebooks,
    streams,
    tasks,
    train,
    weights,
)

_DESCRIPTION = """\
Fuse medical images of two modalities, judge the result, and look after the course on how it is done.
For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse fuse mri.png pet.png -o fused.png
  medfuse fuse t1.nii.gz ct.nii.gz -o fused.nii.gz --window-b hu:brain
  medfuse fuse CT_FOLDER PET_FOLDER -o fused.nii.gz --window-b suv:0-10 --resample       folders of DICOM
  medfuse enhance low_dose_pet.nii.gz -o better.nii.gz
  medfuse synthesize t1.nii.gz -o made_up_ct.nii.gz --window range:0,1000
  medfuse segment ct.nii.gz pet.nii.gz -o lesions.nii.gz
  medfuse evaluate fused.png mri.png pet.png
  medfuse list methods
  medfuse data download --pair mri-ct --split train
  medfuse COMMAND --help          what a command takes, with examples

exit codes:
  0    done
  1    it could not be done: an input that is missing, damaged or no image, a file that cannot be written
  2    the command line is wrong: an unknown command, option, method, metric or window
  130  stopped with Ctrl-C; 143, 129: stopped by SIGTERM, by a terminal that closed; 141: whoever read the output
       went away

environment variables:
  MEDFUSE_DATA     a folder with AANLIB images in the source's own layout, used before any download
  MEDFUSE_CACHE    where downloads go instead of the platform's cache folder
  MEDFUSE_DEVICE   where learned methods run: cpu, cuda, cuda:1, mps
  MEDFUSE_PROFILE  how much work training may do: smoke, lesson, ship, full

Results go to stdout, everything else to stderr. For teaching and research, not for clinical use."""


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: Any = None) -> None:
        """Print it as every result: argparse itself would not say that it could not."""
        console.out(self.format_help().rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        console.error(f"{message}; see {self.prog} --help")
        raise SystemExit(console.USAGE)


class _Version(argparse.Action):
    """Looks the version up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("medfuse-course")
        except PackageNotFoundError:
            number = "(not installed)"
        console.out(f"medfuse {number}")
        parser.exit()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ``medfuse`` command and return its exit code; see ``medfuse --help`` for what each means."""
    streams.make_usable()
    with _signals_as_exit():
        try:
            code = _run(argv)
            with console.output():
                sys.stdout.flush()
        except BrokenPipeError:
            streams.silence(sys.stdout)
            code = console.CLOSED_PIPE
        except console.OutputError as reason:
            streams.silence(sys.stdout)
            console.error(str(reason))
            code = console.FAILED
    return code


def build_parser() -> argparse.ArgumentParser:
    """The command line of ``medfuse``."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="show where in the code an error came from"
    )
    parser = _Parser("medfuse", None, _DESCRIPTION, _EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    parser.add_argument("--debug", action="store_true", help="show where in the code an error came from")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    for module in (
        fuse,
        tasks,
        evaluate,
        benchmark,
        train,
        weights,
        export,
        bench,
        experiment,
        grade,
        listing,
        data,
        notebooks,
        doctor,
    ):
        module.add_command(commands, common)
    return parser


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what it had to say
        return int(stop.code or 0)
    try:
        code: int = arguments.run(arguments)
        return code
    except (BrokenPipeError, console.OutputError):
        raise
    except BaseException as reason:
        if arguments.debug:
            with suppress(OSError):  # a stderr that cannot be written
                traceback.print_exc()
        return _explain(reason)


def _explain(reason: BaseException) -> int:
    match reason:
        case KeyboardInterrupt():
            console.note("stopped; nothing half-written was left")
            return console.INTERRUPTED
        case SystemExit():
            return int(reason.code or 0)
        case console.UsageError():
            console.error(str(reason))
            return console.USAGE
        case MemoryError():
            console.error("not enough memory for this; give it smaller images, or close something")
        case ValueError() | TypeError() | OSError() | ImportError():
            console.error(" ".join(str(reason).split()) or type(reason).__name__)
        case _:
            console.error(f"unexpected {type(reason).__name__}: {reason}; this is a defect, --debug shows where")
    return console.FAILED


@contextmanager
def _signals_as_exit() -> Iterator[None]:
    """Let the signals that end a process unwind the stack, so that what is being written or works for us is cleared.

    A terminal that closes sends SIGHUP more than once: only the first counts. What is ignored (by ``nohup``) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    named = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGBREAK"))
    before = {s: handler for s in named if s and (handler := signal.getsignal(s)) is not signal.SIG_IGN}

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(console.SIGNALED + number)

    for one in before:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
