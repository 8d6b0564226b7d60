"""``medfuse list``: what there is to choose from."""

import argparse
from typing import TYPE_CHECKING, Any

from medfuse_course.cli import console

if TYPE_CHECKING:
    from medfuse_course.methods import Method


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "list",
        help="list methods, metrics, image pairs, cases or experiments",
        description="List the names that other commands and the library take.",
    )
    things = parser.add_subparsers(title="things", metavar="THING", required=True, dest="thing")
    methods = things.add_parser("methods", parents=[common], help="methods by task, with their options")
    methods.add_argument("--task", metavar="NAME", help="fusion, enhancement, synthesis or segmentation")
    methods.add_argument("--family", metavar="NAME", help="classical, cnn, gan, extractors, transformers or remedies")
    methods.set_defaults(run=_methods)
    metrics = things.add_parser("metrics", parents=[common], help="metrics, with their direction and range")
    metrics.add_argument("--task", metavar="NAME", help="only those that judge one task: fusion, segmentation, ...")
    metrics.add_argument("--preset", metavar="NAME", help="only those of one preset: course, cddfuse, linfeng")
    metrics.set_defaults(run=_metrics)
    things.add_parser("pairs", parents=[common], help="image pairs for load_pair").set_defaults(run=_pairs)
    cases = things.add_parser("cases", parents=[common], help="cases of enhancement, synthesis and segmentation")
    cases.set_defaults(run=_cases)
    experiments = things.add_parser("experiments", parents=[common], help="experiments, with their arms")
    experiments.set_defaults(run=_experiments)


def _methods(arguments: argparse.Namespace) -> int:
    from medfuse_course.methods import list_methods

    with console.usage():
        found = list_methods(task=arguments.task, family=arguments.family)
    rows = [(method.slug, method.task.slug, method.family, _options(method), method.title) for method in found]
    console.table(("method", "task", "family", "options", "title"), rows)
    return console.DONE


def _options(method: "Method") -> str:
    try:
        return " ".join(f"{name}={default}" for name, default in method.options.items()) or "-"
    except ImportError:  # a learned method, on an installation without PyTorch
        return "(needs PyTorch)"


def _metrics(arguments: argparse.Namespace) -> int:
    from medfuse_course.metrics import list_metrics

    with console.usage():
        found = list_metrics(arguments.preset, arguments.task)
    rows = [
        (m.slug, m.abbreviation, " ".join(m.tasks), m.direction, f"[{m.range[0]:g}, {m.range[1]:g}]", m.title)
        for m in found
    ]
    console.table(("metric", "short", "task", "better", "range", "title"), rows)
    return console.DONE


def _pairs(arguments: argparse.Namespace) -> int:
    from medfuse_course.datasets import list_pairs

    rows = [(info.name, info.title) for info in list_pairs()]
    console.table(("pair", "what it is"), rows)
    return console.DONE


def _cases(arguments: argparse.Namespace) -> int:
    from medfuse_course.datasets import list_cases

    console.table(("case", "task", "what it is"), [(info.name, info.task, info.title) for info in list_cases()])
    return console.DONE


def _experiments(arguments: argparse.Namespace) -> int:
    from medfuse_course.benchmark.experiments import list_experiments

    rows = [(e.name, f"{e.minutes} min", " ".join(e.arms), e.title) for e in list_experiments()]
    console.table(("experiment", "takes", "arms", "what is asked"), rows)
    return console.DONE
