"""The mode table: every game, and diffusion, on the same points over several seeds, by three numbers together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import TYPE_CHECKING

from medfuse_course.core.profile import Profile
from medfuse_course.metrics.modes import ModeCoverage, mode_coverage

if TYPE_CHECKING:
    from medfuse_course.training.data.points import GaussianModes

SAMPLES = 20_000

NUMBERS = {"found": "modes found", "good": "good samples", "imbalance": "imbalance"}
"""Of a row, and what they are called."""

ORDERINGS = (
    ("imbalance", "non_saturating", "wgan"),
    ("imbalance", "non_saturating", "wgan_gp"),
    ("imbalance", "lsgan", "wgan"),
    ("imbalance", "lsgan", "wgan_gp"),
    ("imbalance", "lsgan", "non_saturating"),
    ("good", "non_saturating", "wgan"),
    ("good", "non_saturating", "wgan_gp"),
    ("good", "lsgan", "wgan"),
    ("good", "lsgan", "wgan_gp"),
    ("good", "lsgan", "non_saturating"),
    ("found", "wgan_gp", "non_saturating"),
    ("found", "wgan_gp", "lsgan"),
    ("imbalance", "non_saturating", "ddpm"),
    ("imbalance", "lsgan", "ddpm"),
    ("good", "lsgan", "ddpm"),
)
"""What earlier runs with other budgets led us to expect: a number, the game where it is larger, and where smaller."""


@dataclass(frozen=True)
class ModeRow:
    """The outcome of one game.

    Attributes
    ----------
    data, game, seed
        Which.
    found, modes, good, imbalance
        As `metrics.ModeCoverage` has them.
    """

    data: str
    game: str
    seed: int
    found: int
    modes: int
    good: float
    imbalance: float


def play(game: str, data: "GaussianModes", seed: int, profile: Profile | None = None) -> ModeCoverage:
    """Train one game and count where `SAMPLES` samples of its generator lie."""
    import torch

    from medfuse_course.training import train
    from medfuse_course.training.playground import point_recipe

    generator = train(point_recipe(game, data, seed=seed), profile=profile).network
    with torch.no_grad():
        samples = generator(data.draw(SAMPLES, seed)["noise"]).numpy()
    return mode_coverage(samples, data.centers, data.sigma)


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[ModeRow]:
    """Play a game on every data set.

    Parameters
    ----------
    arm
        A name of `training.playground.GAMES`, or `training.playground.DIFFUSION`.
    seed
        Of weights, batches and samples.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each of `training.playground.POINT_DATA`.
    """
    from medfuse_course.training.playground import POINT_DATA

    return (_row(where, arm, seed, play(arm, data, seed, profile)) for where, data in POINT_DATA.items())


def mode_table(rows: Sequence[ModeRow]) -> str:
    """Means over seeds with their spread (standard deviation), and what orders the games, as Markdown.

    Parameters
    ----------
    rows
        Of `run`.

    Returns
    -------
    A table for each data set, then in how many seeds each of `ORDERINGS` holds.
    """
    parts = []
    for where in dict.fromkeys(row.data for row in rows):
        here = [row for row in rows if row.data == where]
        head = [
            "game",
            "seeds",
            f"{NUMBERS['found']}, of {here[0].modes}",
            f"{NUMBERS['good']}, %",
            NUMBERS["imbalance"],
        ]
        lines = [f"## {where}", "", _line(head), _line(["---", *["---:"] * 4])]
        for game in dict.fromkeys(row.game for row in here):
            of = [row for row in here if row.game == game]
            cells = [_spread([row.found for row in of], 1), _spread([100 * row.good for row in of], 1)]
            lines.append(_line([game, str(len(of)), *cells, _spread([row.imbalance for row in of], 3)]))
        lines += ["", *(f"- {text}" for text in orderings(here))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def orderings(rows: Sequence[ModeRow]) -> list[str]:
    """For each of `ORDERINGS` whose games were played: in how many seeds it holds, and whether it is reproduced.

    Parameters
    ----------
    rows
        Of one data set.

    Returns
    -------
    A sentence each; an ordering is reproduced where it holds in every seed but one at most.
    """
    played = {(row.game, row.seed): row for row in rows}
    seeds = sorted({row.seed for row in rows})
    said = []
    for number, more, less in ORDERINGS:
        pairs = [(played.get((more, seed)), played.get((less, seed))) for seed in seeds]
        both = [(getattr(a, number), getattr(b, number)) for a, b in pairs if a is not None and b is not None]
        if not both:
            continue
        holds = sum(a > b for a, b in both)
        verdict = "as expected" if holds >= max(len(both) - 1, 1) else "differs from what was expected"
        said.append(f"{NUMBERS[number]}: {more} above {less} in {holds} of {len(both)} seeds: {verdict}")
    return said


def _row(data: str, game: str, seed: int, coverage: ModeCoverage) -> ModeRow:
    return ModeRow(data, game, seed, coverage.found, coverage.modes, coverage.good, coverage.imbalance)


def _spread(values: Sequence[float], digits: int) -> str:
    spread = f" ± {stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
