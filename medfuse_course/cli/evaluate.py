"""``medfuse evaluate``."""

import argparse
import json
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medfuse_course.cli import console, sources

if TYPE_CHECKING:
    from medfuse_course.metrics import Metric

_DESCRIPTION = """\
Judge a fused image against its two sources, without a reference: what of A and of B is in it?

Pictures give one number for each metric. For volumes (NIfTI, DICOM) each slice is judged, and mean and standard
deviation over the slices are given with the number of slices that count: slices in which both sources are flat say
nothing and are left out, and so are slices for which a metric has no value. FUSED must hold values in [0, 1], as
`medfuse fuse` writes them; name the windows with which it was made.
For teaching and research, not for clinical use."""

_EPILOG = """\
examples:
  medfuse evaluate fused.png mri.png pet.png
  medfuse evaluate fused.png mri.png pet.png --metrics qabf ssim mi --json
  medfuse evaluate fused.nii.gz t1.nii.gz ct.nii.gz --window-b hu:brain --csv

"descriptive" metrics have no better direction: noise raises them. `medfuse list metrics` explains the names.
A metric without a value is nan (null in JSON), and a warning says why. An infinite one is inf ("inf" in JSON); in a
volume such slices are counted in a warning, and the mean is over the rest."""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "evaluate",
        parents=[common],
        help="judge a fused image against its sources",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("fused", metavar="FUSED", type=Path, help="the fused image or volume")
    parser.add_argument("a", metavar="A", type=Path, help="anatomical source")
    parser.add_argument("b", metavar="B", type=Path, help="complementary source")
    parser.add_argument("--metrics", metavar="NAME", nargs="+", help="which metrics; default: all of the preset")
    parser.add_argument(
        "--preset",
        metavar="NAME",
        default="course",
        help="course (the published definitions), cddfuse or linfeng (what these evaluators print); default: course",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV")
    parser.add_argument("--quiet", action="store_true", help="no notes, no warnings and no progress bar")
    sources.add_volume_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    metrics = _chosen(arguments)
    files = {"FUSED": arguments.fused, "A": arguments.a, "B": arguments.b}
    volumes = sources.are_volumes(files, arguments)
    with console.warnings_as_notes(arguments.quiet):
        values = (_judge_volumes if volumes else _judge_pictures)(arguments, [m.slug for m in metrics])
    _report(arguments, metrics, values)
    return console.DONE


def _judge_pictures(arguments: argparse.Namespace, metrics: list[str]) -> dict[str, dict[str, float]]:
    from medfuse_course.datasets.image_files import read_image
    from medfuse_course.metrics import evaluate

    fused, a, b = (read_image(path) for path in (arguments.fused, arguments.a, arguments.b))
    found = evaluate(fused, a, b, metrics, arguments.preset)
    return {slug: {"value": value} for slug, value in found.items()}


def _judge_volumes(arguments: argparse.Namespace, metrics: list[str]) -> dict[str, dict[str, float]]:
    from medfuse_course.datasets.volume import grids_match
    from medfuse_course.datasets.volume_files import read_volume
    from medfuse_course.metrics import evaluate

    given = sources.open_sources(arguments)
    fused = read_volume(arguments.fused)
    if not grids_match(given.a, fused):
        raise ValueError(f"{fused.name}: expected the grid of {given.a.name}, got another; fuse again with A first")
    rows = []
    for index in sources.progress(given.count, arguments.quiet, "evaluate"):
        a, b = given.slice(index)
        if np.ptp(a) > 0 or np.ptp(b) > 0:
            rows.append(evaluate(fused.slice(index, given.plane), a, b, metrics, arguments.preset))
    return {slug: _summary(slug, [row[slug] for row in rows]) for slug in metrics}


def _summary(slug: str, values: list[float]) -> dict[str, float]:
    known = [value for value in values if math.isfinite(value)]
    if endless := sum(map(math.isinf, values)):
        said = f"{slug} is infinite in {endless} of {len(values)} slices; the mean is over the rest"
        warnings.warn(said, stacklevel=2)
    if not known:
        return {"mean": math.nan, "std": math.nan, "slices": 0}
    return {"mean": float(np.mean(known)), "std": float(np.std(known)), "slices": len(known)}


def _as_json(value: float) -> float | str | None:
    """JSON knows no NaN and no infinity: null is no value, and the text "inf" reads back with `float`."""
    return None if math.isnan(value) else str(value) if math.isinf(value) else value


def _chosen(arguments: argparse.Namespace) -> "list[Metric]":
    from medfuse_course.core.registry import lookup
    from medfuse_course.metrics import list_metrics

    with console.usage():
        known = {metric.slug: metric for metric in list_metrics(arguments.preset) if not metric.needs_truth}
        return [lookup("metric", name, known) for name in arguments.metrics or known]


def _report(arguments: argparse.Namespace, metrics: "list[Metric]", values: Mapping[str, Mapping[str, float]]) -> None:
    columns = list(next(iter(values.values())))
    if arguments.json:
        shown = {slug: {k: _as_json(v) for k, v in row.items()} for slug, row in values.items()}
        flat = {slug: row["value"] for slug, row in shown.items()} if columns == ["value"] else shown
        console.out(json.dumps(flat, indent=2))
    elif arguments.csv:
        console.out(",".join(["metric", *columns]))
        for slug, row in values.items():
            console.out(",".join([slug, *map(repr, row.values())]))
    else:
        rows = [(m.abbreviation, *(f"{v:.5g}" for v in values[m.slug].values()), m.direction, m.title) for m in metrics]
        console.table(("metric", *columns, "better", "what it is"), rows)
