"""A game as a training step: the discriminator learns in every step, the generator in one of so many."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from medfuse_course.losses.adversarial import Objective, gradient_penalty
from medfuse_course.networks.players import Players
from medfuse_course.training.steps import Batch, Losses, Step, Update

ADAM = partial(Adam, betas=(0.5, 0.9))
"""Little momentum: what an opponent does now says little of what it will do."""

LEAST_SPREAD, MOST_OFF, MOST_BALANCE = 0.5, 0.5, 0.99
"""From where a game is called collapsed, too dark or too bright, and won by the discriminator; see `watch`."""


class AdversarialStep(Step):
    """A generator against a discriminator, on batches with ``real`` samples and as many rows of ``noise``.

    A game with other batches is a subclass with its own `real`, `samples` and `judge`; one whose generator has more to
    do than to persuade has its own `content`.

    Parameters
    ----------
    players
        The networks.
    objective
        What each minimizes.
    turns
        Steps of the discriminator for one of the generator; the recipe's budget counts those of the discriminator.
    clip
        After each step the discriminator's weights are put back into [-clip, clip] (WGAN); None: they are not.
    penalty
        Weight of the `gradient_penalty` (WGAN-GP); 0: none.
    optimizer
        Of both players, as `Update` takes it; without its own rate it has that of the phase.
    """

    def __init__(
        self,
        players: Players,
        objective: Objective,
        *,
        turns: int = 1,
        clip: float | None = None,
        penalty: float = 0.0,
        optimizer: Callable[..., Optimizer] = ADAM,
    ) -> None:
        if clip is not None and not clip > 0:
            raise ValueError(f"clip: expected a positive limit, or None for no clipping, got {clip!r}")
        if penalty < 0:
            raise ValueError(f"penalty: expected a weight of 0 or more, got {penalty!r}")
        self.players, self.objective, self.penalty = players, objective, penalty
        after = None if clip is None else partial(self.limit, clip)
        discriminator, generator = players.discriminator.parameters(), players.generator.parameters()
        self.updates = (
            Update("discriminator", tuple(discriminator), self.discriminator_losses, optimizer, after=after),
            Update("generator", tuple(generator), self.generator_losses, optimizer, every=turns),
        )

    def real(self, batch: Batch) -> Tensor:
        """What the samples should look like."""
        return batch["real"]

    def samples(self, batch: Batch) -> Tensor:
        """What the generator makes for a batch."""
        samples: Tensor = self.players(batch["noise"])
        return samples

    def judge(self, samples: Tensor, batch: Batch) -> Tensor:
        """What the discriminator says of samples, real ones or others; a conditional one looks at the batch too."""
        said: Tensor = self.players.discriminator(samples)
        return said

    def discriminator_losses(self, batch: Batch) -> Losses:
        """Its term of the objective, and the penalty where there is one."""
        real = self.real(batch)
        with torch.no_grad():
            fake = self.samples(batch)
        terms = {"discriminator": self.objective.discriminator(self.judge(real, batch), self.judge(fake, batch))}
        if self.penalty:
            terms["penalty"] = self.penalty * gradient_penalty(lambda x: self.judge(x, batch), real, fake)
        return terms

    def generator_losses(self, batch: Batch) -> Losses:
        """Its term of the objective, and its `content`."""
        samples = self.samples(batch)
        with frozen(self.players.discriminator):
            return {**self.persuade(samples, batch), **self.content(samples, batch)}

    def persuade(self, samples: Tensor, batch: Batch) -> Losses:
        """What the objective asks of samples that learn."""
        return {"generator": self.objective.generator(self.judge(samples, batch))}

    def content(self, samples: Tensor, batch: Batch) -> Losses:
        """What the generator minimizes beside the objective; nothing here."""
        return {}

    def validate(self, batch: Batch) -> Losses:
        """The `content`, which is all that can be compared between two states of a game."""
        return self.content(self.samples(batch), batch)

    def likened(self, batch: Batch) -> Tensor:
        """What level and spread of the samples are watched against: the real ones, if a game does not say others."""
        return self.real(batch)

    def watch(self, batch: Batch) -> Losses:
        """How the game stands on the validation batch.

        Parameters
        ----------
        batch
            With at least two real samples that differ.

        Returns
        -------
        ``balance``: the share of pairs of a real and a made sample in which the discriminator gives the real one more;
        0.5 where it cannot tell them, 1 where it always can. ``spread``: the mean distance between made samples, over
        that between those that they are `likened` to; near 0 where the generator makes one sample of everything.
        ``level``: the mean of made samples minus that of the others, in standard deviations of these; an image far
        below 0 is too dark.
        """
        real, fake, like = self.real(batch), self.samples(batch), self.likened(batch)
        said = [self.judge(samples, batch).flatten(1).mean(dim=1) for samples in (real, fake)]
        higher = said[0][:, None] - said[1]
        distances = [torch.pdist(samples.flatten(1)).mean() for samples in (like, fake)]
        return {
            "balance": ((higher > 0).float() + (higher == 0).float() / 2).mean(),
            "spread": distances[1] / distances[0],
            "level": (fake.mean() - like.mean()) / like.std(),
        }

    def faults(self, watched: Mapping[str, float]) -> list[str]:
        """Whether the generator collapsed, left the level of the data, or was beaten."""
        said = []
        if watched["spread"] < LEAST_SPREAD:
            said.append(f"collapsed: its samples differ {watched['spread']:.2f} times as much as the data do")
        if abs(watched["level"]) > MOST_OFF:
            side = "dark: its samples lie" if watched["level"] < 0 else "bright: its samples lie"
            said.append(f"too {side} {watched['level']:+.2f} standard deviations from the data")
        if watched["balance"] > MOST_BALANCE:
            said.append(f"beaten: the discriminator tells {watched['balance']:.1%} of its samples from the data")
        return said

    def limit(self, most: float) -> None:
        """Clip the discriminator's weights to [-most, most]."""
        for weight in self.players.discriminator.parameters():
            weight.clamp_(-most, most)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Spare gradients of weights that do not learn now."""
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    for weight in learning:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in learning:
            weight.requires_grad_(True)
