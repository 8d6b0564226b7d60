"""Translation without pairs as a training step: two generators, there and back, and a discriminator for each domain."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.optim import Adam

from medfuse_course.losses.adversarial import LEAST_SQUARES
from medfuse_course.networks.cycle import ImagePool, Translator
from medfuse_course.networks.players import Players
from medfuse_course.training.adversaries import AdversarialStep, frozen
from medfuse_course.training.steps import Batch, Losses, Step, Update

ADAM = partial(Adam, betas=(0.5, 0.999))
"""The published setting; the rate is that of the phase."""


class CyclePlayers(nn.Module):
    """Two generators, two discriminators, and a pool of past samples for each discriminator.

    Parameters
    ----------
    to_b, to_a
        From the first domain to the second, and back. A recipe ships ``"to_b"``.
    judge_a, judge_b
        Discriminators of images in [-1, 1].
    side
        Of the images that are trained on, in pixels.
    pool, channels
        Images in each pool, and their channels.
    """

    def __init__(
        self,
        to_b: Translator,
        to_a: Translator,
        judge_a: nn.Module,
        judge_b: nn.Module,
        *,
        side: int,
        pool: int = 50,
        channels: int = 1,
    ) -> None:
        super().__init__()
        self.to_b, self.to_a, self.judge_a, self.judge_b = to_b, to_a, judge_a, judge_b
        self.pool_a, self.pool_b = (ImagePool(pool, side, channels) for _ in range(2))


class Way(NamedTuple):
    """One direction of the translation: what is translated, by whom and back by whom, and who judges it."""

    domain: str
    x: Tensor
    there: nn.Module
    back: nn.Module
    judge: nn.Module


class CycleStep(Step):
    """CycleGAN: ``2 LSGAN + cycle (|F(G(a)) - a| + |G(F(b)) - b|) + identity cycle (|G(b) - b| + |F(a) - a|)``.

    Batches have ``a`` and ``b`` in [0, 1], on the generators' own grid; networks see them in [-1, 1]. No term compares
    an ``a`` with a ``b``. The discriminators minimize the least squares of real and made images, halved, and the made
    ones come through the pools; the generators minimize theirs without the half.

    Parameters
    ----------
    players
        The networks.
    cycle
        Weight of what is lost there and back.
    identity
        Weight of what a generator changes in an image of its own target, over that of the cycle; 0: not asked.
    """

    def __init__(self, players: CyclePlayers, *, cycle: float = 10.0, identity: float = 0.5) -> None:
        self.players, self.cycle, self.identity = players, cycle, identity
        self.made: dict[str, Tensor] = {}
        generators = (*players.to_b.parameters(), *players.to_a.parameters())
        judges = (*players.judge_a.parameters(), *players.judge_b.parameters())
        self.updates = (
            Update("generators", generators, self.generator_losses, ADAM),
            Update("discriminators", judges, self.discriminator_losses, ADAM),
        )
        self.game = _Forth(self)

    def shown(self, x: Tensor, there: nn.Module) -> Tensor:
        """What the discriminator is to see of x."""
        made: Tensor = there(x)
        return made

    def there_and_back(self, x: Tensor, there: nn.Module, back: nn.Module) -> tuple[Tensor, Losses]:
        """What the discriminator is to see of x, and what else is asked of the two generators about it."""
        made = self.shown(x, there)
        return made, {"cycle": self.cycle * l1_loss(back(made), x)}

    def generator_losses(self, batch: Batch) -> Losses:
        """All terms of both generators; what they made is kept for the discriminators of this step."""
        terms: dict[str, Tensor] = {}
        for way in self._ways(batch):
            made, asked = self.there_and_back(way.x, way.there, way.back)
            self.made[way.domain] = made.detach()
            with frozen(way.judge):
                terms[f"fool {way.domain}"] = 2 * LEAST_SQUARES.generator(way.judge(made))
            terms |= {f"{name} {way.domain}": term for name, term in asked.items()}
            if self.identity:
                terms[f"identity {way.domain}"] = self.identity * self.cycle * l1_loss(way.back(way.x), way.x)
        return terms

    def discriminator_losses(self, batch: Batch) -> Losses:
        """Least squares, halved, of the real images and of those that come out of the pool."""
        p, (a, b) = self.players, signed(batch)
        made_a, made_b = p.pool_a(self.made.pop("a")), p.pool_b(self.made.pop("b"))
        return {
            "judge a": LEAST_SQUARES.discriminator(p.judge_a(a), p.judge_a(made_a)),
            "judge b": LEAST_SQUARES.discriminator(p.judge_b(b), p.judge_b(made_b)),
        }

    def validate(self, batch: Batch) -> Losses:
        """What only a phantom knows: how far ``G(a)``, as it is used later, lies from the true ``target``."""
        made = self.players.to_b.generator(signed(batch)[0])
        return {"error": l1_loss((made + 1) / 2, batch["target"])}

    def watch(self, batch: Batch) -> Losses:
        """How the game in the second domain stands, as `AdversarialStep.watch` says it."""
        return self.game.watch(batch)

    def faults(self, watched: Mapping[str, float]) -> list[str]:
        """Whether G collapsed or left the level of its domain; a judge of whole slices wins, which is no fault here."""
        return self.game.faults({**watched, "balance": 0.5})

    def _ways(self, batch: Batch) -> Iterator[Way]:
        p, (a, b) = self.players, signed(batch)
        yield Way("b", a, p.to_b.generator, p.to_a.generator, p.judge_b)
        yield Way("a", b, p.to_a.generator, p.to_b.generator, p.judge_a)


class _Forth(AdversarialStep):
    """The game in the second domain alone, to be watched."""

    def __init__(self, step: CycleStep) -> None:
        super().__init__(Players(step.players.to_b.generator, step.players.judge_b), LEAST_SQUARES)
        self.step = step

    def real(self, batch: Batch) -> Tensor:
        return signed(batch)[1]

    def samples(self, batch: Batch) -> Tensor:
        return self.step.shown(signed(batch)[0], self.players.generator)


def signed(batch: Batch) -> tuple[Tensor, Tensor]:
    """``a`` and ``b`` in [-1, 1]."""
    return 2 * batch["a"] - 1, 2 * batch["b"] - 1
