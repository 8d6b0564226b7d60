"""Four unequal centers learn to mark lesions together, alone, or not at all; a fifth, E, is only tried.

A to D train, by `Round`s; every center's network marks the same ten patients as the center's own scanners see them. In
`fedbn` and its relatives center E has no batch normalization of its own: it takes the mean of the others' scales and
shifts, and measures means and variances on unmarked images of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medfuse_course.core.profile import Profile
from medfuse_course.core.registry import check_name

if TYPE_CHECKING:
    from medfuse_course.benchmark.experiments.federated_learning.arms import Tried

CENTERS = ("A", "B", "C", "D")
"""Who trains."""

UNSEEN = "E"
"""Who does not."""

ROUNDS = 8
"""Of as many steps in each center as the recipe's budget has."""

CHECKED = (1, 2, 4, 6, 8)
"""Rounds after which the networks are tried."""


@dataclass(frozen=True)
class FederatedRow:
    """A center after some rounds.

    Attributes
    ----------
    arm, seed
        What was done; the seed is that of weights and batches.
    center
        Of the patients who are tried.
    rounds
        Done so far.
    dice
        Mean over the patients, from 0 to 1.
    sent_mb
        Sent by all centers together so far, both ways, in 10^6 bytes.
    membership
        How often a patient of the center's training has a smaller loss than another one of the center; 0.5 is by
        chance, and what a network that saw neither reaches says how unlike both groups are. NaN before the last round
        and for `UNSEEN`.
    """

    arm: str
    seed: int
    center: str
    rounds: int
    dice: float
    sent_mb: float
    membership: float


def run(arm: str, seed: int, profile: Profile | None = None) -> Iterator[FederatedRow]:
    """Train one arm with one seed, and try it in each center.

    Parameters
    ----------
    arm
        Of `arms.ARMS`.
    seed
        Of weights and batches.
    profile
        How much work; what ``MEDFUSE_PROFILE`` says by default.

    Returns
    -------
    A row for each center and each round of `CHECKED`.
    """
    from medfuse_course.benchmark.experiments.federated_learning.arms import ARMS, tried_rounds

    check_name("arm", arm, ARMS)
    for tried in tried_rounds(arm, seed, profile):
        yield FederatedRow(arm, seed, **_columns(tried))


def _columns(tried: "Tried") -> dict[str, Any]:
    return {"center": tried.center, "rounds": tried.rounds, "dice": tried.dice, "sent_mb": tried.sent / 1e6,
            "membership": tried.membership}  # fmt: skip
