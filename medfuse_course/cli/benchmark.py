"""``medfuse benchmark``."""

import argparse
import html
from pathlib import Path
from typing import TYPE_CHECKING

from medfuse_course.cli import console
from medfuse_course.cli.console import numbers, whole

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

    from medfuse_course.benchmark import MethodSpec, PairSpec, Results, Summary

_BASELINE = "maximum"
_DESCRIPTION = """\
Compare fusion methods on the same pairs of images: every method on every pair, judged by every metric.

The table says which mean is best, where a metric has a better direction, and how far each method is from a baseline,
with a paired bootstrap interval. On phantoms means and intervals are over seeds, on real pairs (aanlib/...) over
subjects, and the table says how many. Below five subjects nothing is called better or worse: neighboring slices of one
head are near copies.
For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse benchmark --pairs head/mri-ct --metrics mi vif qabf ssim
  medfuse benchmark --methods average pca laplacian_pyramid:levels=5 --pairs head/mri-pet:lesions=2 --seeds 0-19
  medfuse benchmark --pairs aanlib/mri-ct --split test --out results --workers 4
  medfuse benchmark --methods ifcnn nsst --pairs aanlib/mri-ct:case=37 --split test
  medfuse benchmark --pairs head/mri-ct --format csv > table.csv
  medfuse benchmark --family classical --pairs head/mri-ct --table classical.csv
  medfuse benchmark --pairs thorax/low-dose-pet:dose=0.05 --metrics tissue_noise suv_mean_bias suv_max_bias
  medfuse benchmark --pairs head/mri-ct --scheduler tcp://10.0.0.5:8786 --out results

options of methods and pairs:
  name:key=value,key=value, as in laplacian_pyramid:levels=5 or head/mri-pet:lesions=2,color=hot

with --scheduler ADDRESS:
  the jobs go to a Dask cluster (pip install distributed). On each of its machines: this version of the course and of
  the packages it computes with (a worker with others refuses), the AANLIB images if real pairs are asked for
  (MEDFUSE_DATA), and `dask worker ADDRESS --nthreads 1`, so that seconds can be compared; `dask scheduler` on one of
  them prints the ADDRESS. local:4 is such a cluster on this machine, to try it

with --out DIR:
  results.jsonl  finished jobs. The same command goes on where it was stopped, and one with more methods, metrics,
                 pairs or seeds computes only what is new; results of another version of the library are not used
  table.csv      one row for each method, pair and metric
  summary.md     the tables
  report.html    the tables, and a figure of the differences (with plotly.min.js beside it; needs no network)

A method that fails, or takes its process with it (--workers 2 and more), is reported and does not end the run; it is
tried again the next time. Exit codes: 0 done, 1 it could not be done or nothing succeeded, 2 the command line is wrong.
`medfuse list` methods, metrics, pairs and cases name what there is."""


def add_command(commands: "Any", common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "benchmark",
        parents=[common],
        help="compare methods on many pairs, with intervals",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--methods", metavar="NAME", nargs="+", help="which methods; default: all of fusion, or of the cases' task")
    add("--family", metavar="NAME", help="all fusion methods of one family, such as classical; instead of --methods")
    add("--metrics", metavar="NAME", nargs="+", help="which metrics; default: all of the preset")
    add("--pairs", metavar="NAME", nargs="+", help="which pairs, or cases of another task; default: all phantom pairs")
    add("--seeds", metavar="LIST", type=numbers, default=range(10), help="of phantoms, as 0-9 or 0,3,5; default: 0-9")
    add("--slices", metavar="LIST", type=numbers, help="of phantoms; default: one, at the ventricles of the head")
    add("--split", metavar="NAME", default="val", help="of real pairs: train, val (default; choose there) or test")
    add("--preset", metavar="NAME", default="course", help="course, cddfuse or linfeng; default: course")
    add(
        "--baseline",
        metavar="NAME",
        default=_BASELINE,
        help=f"what the others are compared with, run too if it is not among the methods; none: no comparison; "
        f"default: {_BASELINE}, or the first method of another task",
    )
    add("--out", metavar="DIR", type=Path, help="folder that keeps results; made if need be; default: keep nothing")
    add(
        "--table",
        metavar="FILE",
        type=Path,
        help="write the values to a CSV file too, a line for each fused image; without seconds, so that the same "
        "library writes the same file; nothing is written when a value failed",
    )
    add("--workers", metavar="N", type=whole(1, 1024), default=1, help="processes, of one thread each; default: 1")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster that computes instead; local:4 makes one here")
    add("--format", choices=("markdown", "csv", "html"), default="markdown", help="of stdout; default: markdown")
    add("--quiet", action="store_true", help="no notes, no warnings and no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.benchmark import plan, run_benchmark, summarize, table_text

    with console.usage():
        if arguments.scheduler and arguments.workers != 1:
            raise ValueError("--scheduler: its cluster has its own workers; give one of --scheduler and --workers")
        if arguments.table and not arguments.table.parent.is_dir():
            raise ValueError(f"--table: the folder {arguments.table.parent} does not exist; make it first")
        pairs = _pairs(arguments)
        methods, baseline = _methods(arguments, pairs[0].task if pairs else "fusion")
        plan(methods, arguments.metrics, pairs, arguments.preset)
    _fetch(pairs, arguments.quiet)
    with console.warnings_as_notes(arguments.quiet), _executor(arguments.scheduler) as executor:
        results = run_benchmark(
            methods,
            arguments.metrics,
            pairs,
            preset=arguments.preset,
            folder=arguments.out,
            workers=arguments.workers,
            executor=executor,
            progress=not arguments.quiet,
        )
    if len(results.failed) == len(results.rows):
        raise OSError(f"nothing succeeded; the first failure: {results.failed[0].failure}")
    summary = summarize(results, baseline=baseline)
    # Files first, the small before the large: what comes later may fail, on a full disk or a closed terminal.
    if arguments.table:
        _write(arguments.table, table_text(results))
    if arguments.out:
        _write(arguments.out / "table.csv", results.to_csv())
        _write(arguments.out / "summary.md", summary.to_markdown())
        _write_page(arguments.out, summary)
    _report(arguments, results, summary)
    return console.DONE


def _executor(address: str | None) -> "AbstractContextManager[Any]":
    from contextlib import nullcontext

    from medfuse_course.benchmark.cluster import check_address, scheduler

    if address is None:
        return nullcontext()
    with console.usage():
        check_address(address)
    return scheduler(address)


def _methods(arguments: argparse.Namespace, task: str = "fusion") -> "tuple[list[MethodSpec], str | None]":
    """The methods with the baseline among them, and the baseline's name."""
    from medfuse_course.benchmark import MethodSpec
    from medfuse_course.methods import list_methods

    if arguments.methods and arguments.family:
        raise ValueError("--family: it names methods, and so does --methods; give one of the two")
    names = arguments.methods or [m.slug for m in list_methods(task=task, family=arguments.family)]
    specs = [MethodSpec.parse(name) for name in names]
    if arguments.baseline == "none" or not specs:
        return specs, None
    if task != "fusion" and arguments.baseline == _BASELINE:
        return specs, specs[0].label
    baseline = MethodSpec.parse(arguments.baseline)
    return (specs if baseline in specs else [baseline, *specs]), baseline.label


def _pairs(arguments: argparse.Namespace) -> "list[PairSpec]":
    from medfuse_course.benchmark import PairSpec, aanlib_pairs, phantom_pairs
    from medfuse_course.datasets import list_pairs

    phantoms = [info.name for info in list_pairs() if info.truth]
    real = [info.name for info in list_pairs() if not info.truth]
    specs: list[PairSpec] = []
    for text in arguments.pairs or phantoms:
        name, options = PairSpec.parse(text)
        if name in real:
            split, case = options.pop("split", arguments.split), options.pop("case", None)
            if options:
                raise ValueError(f"--pairs: {name} has no option {next(iter(options))!r}; only split and case")
            specs += aanlib_pairs(name, split, None if case is None else [case])
        else:
            specs += phantom_pairs(name, arguments.seeds, arguments.slices or (None,), **options)
    return specs


def _fetch(pairs: "list[PairSpec]", quiet: bool) -> None:
    """Have the real images here before the run: one error then says that the network is gone, and not a hundred."""
    from medfuse_course.datasets import aanlib

    wanted: dict[tuple[str, str], set[int]] = {}
    for pair in pairs:
        if pair.case is not None:
            wanted.setdefault((pair.name, dict(pair.options)["split"]), set()).add(pair.case)
    for (name, split), cases in wanted.items():
        aanlib.download([name], [split], cases, progress=not quiet)


def _write(path: Path, text: str) -> None:
    from medfuse_course.core.files import atomic_path

    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def _write_page(folder: Path, summary: "Summary") -> None:
    try:
        _write(folder / "report.html", _page(folder, summary))
    except OSError as error:
        raise OSError(f"{error}. All values are in table.csv and summary.md there; only the page is missing") from error


def _page(folder: Path, summary: "Summary") -> str:
    """Tables and figures; plotly's script is put beside the page."""
    figures: list[str] = []
    if summary.baseline is not None and len(summary.methods) > 1:
        from plotly.offline import get_plotlyjs

        from medfuse_course.plots.benchmark import describe_dots, difference_dots

        _write(folder / "plotly.min.js", get_plotlyjs())
        for pair in (pair for pair in summary.pairs if summary.metrics(pair)):
            alt = describe_dots(summary, pair)
            drawn = difference_dots(summary, pair, alt=alt, columns=2).to_html(
                full_html=False, include_plotlyjs=not figures and "directory", config={"displayModeBar": False}
            )
            label = html.escape(alt, quote=True)
            figures.append(f'<h2>{html.escape(pair)}</h2>\n<div role="img" aria-label="{label}">{drawn}</div>')
    style = "body{font-family:system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;overflow-x:auto}"
    style += "td,th{padding:.15em .6em;font-variant-numeric:tabular-nums}caption{text-align:left;padding:.5em 0}"
    head = f'<meta charset="utf-8"><title>Benchmark</title>\n<style>{style}</style>'
    body = "\n".join(["<h1>Benchmark</h1>", summary.to_html(), *figures])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _report(arguments: argparse.Namespace, results: "Results", summary: "Summary") -> None:
    match arguments.format:
        case "csv":
            text = results.to_csv()
        case "html":
            text = summary.to_html()
        case _:
            text = summary.to_markdown()
    console.out(text.rstrip("\n"))
    if arguments.quiet:
        return
    if results.failed:
        console.note(
            f"warning: {len(results.failed)} of {len(results.rows)} values failed, the first by: "
            f"{results.failed[0].method}: {results.failed[0].failure}"
        )
    if arguments.out:
        console.note(f"wrote table.csv, summary.md and report.html in {arguments.out}")
