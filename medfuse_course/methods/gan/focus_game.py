"""The game that teaches a network to draw a focus map: real is the true map, made is the one that is drawn.

The discriminator is conditional: it sees both sources beside the map. Unlike a game of noise this one has a truth for
each single map, and a term of the loss that says how far from it the drawn one is.
"""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from medfuse_course.losses import Objective
from medfuse_course.networks import Players
from medfuse_course.training import AdversarialStep, Batch, Losses, LossStep

MOST_WRONG = 0.25
"""Mean distance between drawn and true maps from where a run is called failed; a map of one half has 0.5."""


class DrawsMaps(Protocol):
    """What a generator of this game is."""

    def focus_map(self, a: Tensor, b: Tensor) -> Tensor:
        """Where a is in focus, in [0, 1], ``(N, 1, H, W)``."""
        ...


class MapStep(AdversarialStep):
    """Batches of `FocusMasks`; the generator minimizes its term of the objective and ``weight mean |M - M*|``.

    Parameters
    ----------
    players
        Of a generator that `DrawsMaps` and a discriminator of both sources and the map, stacked.
    objective
        What each minimizes.
    weight
        Of the distance to the true map.
    planes
        Channels of each source that the discriminator takes; gray ones are repeated.
    **game
        As `AdversarialStep` takes it.
    """

    def __init__(
        self, players: Players, objective: Objective, *, weight: float, planes: int = 1, **game: object
    ) -> None:
        super().__init__(players, objective, **game)  # type: ignore[arg-type]
        self.weight, self.planes = weight, planes

    def real(self, batch: Batch) -> Tensor:
        """The true map."""
        return batch["mask"]

    def samples(self, batch: Batch) -> Tensor:
        """The drawn map."""
        return drawn(self.players.generator, batch)

    def judge(self, samples: Tensor, batch: Batch) -> Tensor:
        """What the discriminator says of a map beside its two images."""
        images = [batch[name].expand(-1, self.planes, -1, -1) for name in ("a", "b")]
        said: Tensor = self.players.discriminator(torch.cat([*images, samples], dim=1))
        return said

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """The distance to the true map, with its weight: the truth chooses the best state, not the discriminator."""
        return {"map": self.weight * l1_loss(samples, self.real(batch))}

    def watch(self, batch: Batch) -> Losses:
        """How the game stands, and ``map_error``, the distance to the true map without its weight."""
        return {**super().watch(batch), "map_error": l1_loss(self.samples(batch), batch["mask"])}

    def faults(self, watched: Mapping[str, float]) -> list[str]:
        """Whether the maps are wrong.

        That the discriminator can tell them is no fault here: a true map is 0 or 1 everywhere, a drawn one is soft.
        """
        if watched["map_error"] <= MOST_WRONG:
            return []
        return [
            f"its maps are wrong: {watched['map_error']:.2f} from the true ones in the mean, where 0.5 knows nothing"
        ]


class MapLossStep(LossStep[Players]):
    """The same without a game: the distance to the true map is all there is; the discriminator rests."""

    def __init__(self, players: Players, *, weight: float = 1.0) -> None:
        super().__init__(players, players.generator.parameters(), name="generator")
        self.weight = weight

    def losses(self, batch: Batch) -> Losses:
        """``weight mean |M - M*|``."""
        return {"map": self.weight * l1_loss(drawn(self.network.generator, batch), batch["mask"])}


def drawn(generator: object, batch: Batch) -> Tensor:
    """The map that a generator draws for a batch."""
    of_maps: DrawsMaps = generator  # type: ignore[assignment]
    return of_maps.focus_map(batch["a"], batch["b"])
