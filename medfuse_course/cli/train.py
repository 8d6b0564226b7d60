"""``medfuse train``."""

import argparse
from pathlib import Path
from typing import Any

from medfuse_course.cli import console, sources

_DESCRIPTION = """\
Train the network of a learned method by its recipe, and write its weights with their provenance.

The work is that of a profile: smoke (seconds, for a try), lesson (about a minute), ship (the weights that come with the
course, at most 30 CPU minutes), full (a GPU). A run that was interrupted goes on from its last state. On several
GPUs: accelerate launch -m medfuse_course train ... For teaching and research."""

_EPILOG = """\
examples:
  medfuse train densefuse --profile smoke
  medfuse train ifcnn --profile ship -o ifcnn.safetensors
  medfuse fuse mri.png pet.png -o fused.png --method ifcnn --option weights=ifcnn.safetensors"""


def add_command(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "train",
        parents=[common],
        help="train a learned method by its recipe",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", metavar="METHOD", help="a learned method; medfuse weights list names them")
    parser.add_argument("--profile", metavar="NAME", help="smoke, lesson, ship or full; default: MEDFUSE_PROFILE")
    parser.add_argument("--scale", default="course", help="size of the network, course or paper; default: course")
    parser.add_argument("-o", "--out", metavar="FILE", type=Path, help="default: METHOD.safetensors, here")
    parser.add_argument(
        "--state", metavar="DIR", type=Path, help="where the state of the run is kept; default: in the cache"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument("--quiet", action="store_true", help="no notes and no progress bar")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out."""
    from medfuse_course.core.device import require_torch
    from medfuse_course.core.download import cache_folder
    from medfuse_course.core.profile import check_profile, current_profile
    from medfuse_course.core.registry import load_object, unknown
    from medfuse_course.methods import get_method
    from medfuse_course.methods.catalogue import learned_methods

    with console.usage():
        method = get_method(arguments.method)
        if not method.recipe:
            learned = [m.slug for m in learned_methods()]
            raise ValueError(f"METHOD: {method.slug} learns nothing; {unknown('learned method', method.slug, learned)}")
        profile = check_profile(arguments.profile) if arguments.profile else current_profile()
    out = arguments.out or Path(f"{method.slug}.safetensors")
    if out.suffix != ".safetensors":
        raise console.UsageError(f"-o: expected a name that ends in .safetensors, got {str(out)!r}")
    sources.check_target(out, [], arguments.overwrite)
    require_torch()
    from medfuse_course.methods import weights
    from medfuse_course.training import ProgressBar, train

    recipe = load_object(method.recipe)
    state = arguments.state or cache_folder() / "training"
    bar = ProgressBar(f"train {method.slug} ({profile})", disable=True if arguments.quiet else None)
    with console.warnings_as_notes():
        trained = train(recipe, profile=profile, scale=arguments.scale, folder=state, callbacks=[bar])
    try:
        made = weights.save(trained, out, overwrite=arguments.overwrite)
    except OSError as error:
        raise type(error)(f"{error}. What was learned is in {state}: the same command goes on from there") from error
    if not arguments.quiet:
        losses = ", ".join(f"{name} {value:.4f}" for name, value in made.provenance["validation"].items())
        console.note(f"{made.provenance['steps']} steps in {made.provenance['seconds']:.0f} s; validation: {losses}")
        console.note(f"wrote {out}")
    return console.DONE
