"""What a reader should know of a file of weights before using it, in words: made from the file and its declaration."""

from medfuse_course.core.registry import load_object
from medfuse_course.methods.base import EVIDENCE, Method
from medfuse_course.methods.catalogue import learned_methods
from medfuse_course.methods.weights import Weights, inspect, shipped_path
from medfuse_course.networks.backbones import PRETEXT_CLASSES
from medfuse_course.networks.tensor_files import load_tensors


def model_card(found: Weights) -> str:
    """Markdown: what it is for, how it fails, what it learned from, how to make it again."""
    said = found.provenance
    users = users_of(found)
    parameters = sum(tensor.numel() for tensor in load_tensors(found.path)[0].values())
    validation = ", ".join(f"{name} {value:.4g}" for name, value in said["validation"].items())
    lines = [
        f"## {f'Trunk {users[0].backbone}, narrow' if users[0].backbone else users[0].title}",
        "",
        f'- **For**: {_methods(users)}, at `scale="{said["scale"]}"`. Teaching and research, not clinical use.',
        *(_trunk() if users[0].backbone else _method(users)),
        f"- **Size**: {parameters:,} numbers, {found.path.stat().st_size / 1e6:.2f} MB.",
        f"- **Learned from**: `{said['data']}`, seed {said['seed']}.",
        f"- **Made by**: `medfuse train {users[0].slug} --profile {said['profile']}`: {said['steps']} steps in "
        f"{said['seconds'] / 60:.2g} minutes on {said['device']}, PyTorch {said['torch'].partition('+')[0]}.",
        f"- **On its validation batch**: {validation}.",
        *(f"- **Warning**: when its training ended, it was {fault}." for fault in said.get("faults", ())),
        f"- **Recipe** `{said['recipe']}`, **tensors** `{said['sha256'][:16]}`.",
    ]
    return "\n".join(lines) + "\n"


def how_trained(slug: str) -> dict[str, object]:
    """How long, and on what, the weights of a method learned that ship: a row of a table.

    Parameters
    ----------
    slug
        Of a method whose weights ship.

    Returns
    -------
    Numbers in its tensors, steps, patches of a step, their side in pixels, minutes on one thread, and whether phantoms
    alone were seen.

    Raises
    ------
    ValueError
        The method learns nothing.
    FileNotFoundError
        No weights of it ship.

    Examples
    --------
    >>> from medfuse_course.methods import how_trained
    >>> row = how_trained("ifcnn")
    >>> row["saw"], row["minutes"] <= 30  # the budget of weights that ship
    ('phantoms', True)
    """
    found = inspect(shipped_path(slug))
    said = found.provenance
    budget = load_object(users_of(found)[0].recipe).budget(said["profile"])
    return {
        "numbers": sum(tensor.numel() for tensor in load_tensors(found.path)[0].values()),
        "steps": said["steps"],
        "patches a step": budget.batch,
        "side (pixels)": budget.patch,
        "minutes": round(said["seconds"] / 60),
        "saw": "phantoms and patients" if "aanlib" in said["data"] else "phantoms",
    }


def users_of(found: Weights) -> list[Method]:
    """The methods that take these weights: those whose recipe made them."""
    return [m for m in learned_methods() if load_object(m.recipe).slug == found.provenance["slug"]]


def _method(users: list[Method]) -> list[str]:
    return [
        f"- **How it fails**: {' '.join(m.summary for m in users)}",
        f"- **The method**: {EVIDENCE[users[0].evidence].lower()}; the head of its file says what is our reading.",
    ]


def _trunk() -> list[str]:
    """What is said of weights that several methods only take features from."""
    guess = 1 - 1 / PRETEXT_CLASSES
    return [
        "- **How it fails**: it saw no photograph and no patient; it stands in for a trunk that learned from ImageNet.",
        f"- **Its task**: to name what a patch shows, of {PRETEXT_CLASSES} kinds; who guesses is wrong in {guess:.2f}.",
    ]


def _methods(users: list[Method]) -> str:
    return ", ".join(f"`{method.slug}`" for method in users)
