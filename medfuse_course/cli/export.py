"""``medfuse export``."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console, sources

_DESCRIPTION = """\
Write the network of a fusion method as one file that other programs can run, for images of any size.

The file holds what the library does around the network, too: of two gray images in [0, 1] it makes what medfuse fuse
makes. It is run with ONNX Runtime at odd sizes and compared with the library before it is put in place. It says of
itself which method and weights it holds, how color is meant, and its smallest side. Needs
pip install 'medfuse-course[torch,onnx]'. For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse export readable_fusion -o readable.onnx
  medfuse export readable_fusion --option readability=0.5 -o half.onnx
  medfuse export ifcnn --option weights=ifcnn.safetensors -o mine.onnx
  medfuse export --list

Inputs a and b are float32 (1, 1, H, W) in [0, 1]; the output fused is the same. Methods that leave PyTorch on their way
(a sparse coder, a transform in NumPy, a sampler's loop) have no such file; --list says which, and why."""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "export",
        parents=[common],
        help="write a network as one file of ONNX",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", metavar="METHOD", nargs="?", help="a learned fusion method")
    parser.add_argument("--list", action="store_true", help="say of every learned fusion method whether it can")
    parser.add_argument("--format", choices=("onnx",), default="onnx", help="onnx, the only one so far")
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, help="default: METHOD.onnx, here")
    parser.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="an option of the method; may be repeated"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument("--quiet", action="store_true", help="no notes; errors are still said")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.deployment import export_onnx, reason_against
    from medfuse_course.methods import get_method
    from medfuse_course.methods.options import read_options, split_option
    from medfuse_course.methods.running import check_options

    if arguments.list:
        return _list()
    if arguments.method is None:
        raise console.UsageError(
            "METHOD: expected the name of a learned fusion method; medfuse export --list says which"
        )
    with console.usage():
        method = get_method(arguments.method)
        if reason := reason_against(method):
            raise ValueError(f"METHOD: {reason}; medfuse export --list says which can be")
        options = read_options(dict(map(split_option, arguments.option)), method.options)
        check_options(method, options)
    out = arguments.out or Path(f"{method.slug}.onnx")
    if out.suffix != ".onnx":
        raise console.UsageError(f"-o: expected a name that ends in .onnx, got {str(out)!r}")
    sources.check_target(out, [], arguments.overwrite)
    made = export_onnx(method, out, overwrite=arguments.overwrite, **options)
    if not arguments.quiet:
        size = f"{out.stat().st_size / 1e3:.0f} kB"
        console.note(
            f"differs from the library by at most {made.difference:.1e}; smallest side "
            f"{made.metadata['least_side']} pixels; {size}"
        )
        console.note(f"wrote {out}")
    return console.DONE


def _list() -> int:
    from medfuse_course.deployment import reason_against
    from medfuse_course.methods.catalogue import learned_methods

    rows = []
    for method in learned_methods():
        if method.task.slug == "fusion":
            reason = reason_against(method)
            rows.append((method.slug, "no" if reason else "yes", reason or ""))
    console.table(("method", "onnx", "why not"), rows)
    return console.DONE
