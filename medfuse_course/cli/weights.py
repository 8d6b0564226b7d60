"""``medfuse weights``."""

import argparse
from typing import Any

from medfuse_course.cli import console


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "weights",
        help="list, verify or locate the trained weights",
        description="The trained weights that come with the course: safetensors, with their provenance inside; and the "
        "public ones of backbones, which are downloaded when they are first used.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    actions.add_parser(
        "list", parents=[common], help="what ships, how it was made, and what is downloaded"
    ).set_defaults(run=_list)
    actions.add_parser("verify", parents=[common], help="read every file and compare checksums").set_defaults(
        run=_verify
    )
    where = actions.add_parser("path", parents=[common], help="where the weights of one method lie")
    where.add_argument("method", metavar="METHOD", help="a method, or a name that the list shows")
    where.set_defaults(run=_path)
    card = actions.add_parser("card", parents=[common], help="the model card of one method's weights")
    card.add_argument("method", metavar="METHOD", help="a method, or a name that the list shows")
    card.set_defaults(run=_card)


def _list(arguments: argparse.Namespace) -> int:
    from medfuse_course.methods import weights
    from medfuse_course.networks.backbones import BACKBONES

    rows = []
    for found in weights.shipped():
        said = found.provenance
        size = f"{found.path.stat().st_size / 1e6:.2f} MB"
        rows.append(
            (said["slug"], said["profile"], str(said["steps"]), f"{said['seconds']:.0f} s", said["device"], size)
        )
    console.table(("weights", "profile", "steps", "trained", "on", "size"), rows)
    console.out()
    public = [(name, backbone.imagenet) for name, backbone in BACKBONES.items()]
    known = [(name, "yes" if source.is_here else "no", str(source)) for name, source in public]
    console.table(("backbone", "here", "where its weights come from"), known)
    return console.DONE


def _verify(arguments: argparse.Namespace) -> int:
    from medfuse_course.methods import weights

    rows = [
        (found.provenance["slug"], "whole", "current" if found.is_current else "of an older recipe")
        for found in weights.shipped()
    ]
    console.table(("weights", "file", "recipe"), rows)
    return console.DONE


def _card(arguments: argparse.Namespace) -> int:
    from medfuse_course.methods import weights
    from medfuse_course.methods.model_card import model_card

    with console.usage():
        path = weights.shipped_path(arguments.method)
    console.out(model_card(weights.inspect(path)).rstrip())
    return console.DONE


def _path(arguments: argparse.Namespace) -> int:
    from medfuse_course.methods import weights

    with console.usage():
        path = weights.shipped_path(arguments.method)
    console.out(str(path))
    return console.DONE
