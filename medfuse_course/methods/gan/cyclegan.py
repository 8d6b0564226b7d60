"""CycleGAN: from one modality to another without a pair, and with whatever sets the two domains apart.

Reference: J.-Y. Zhu, T. Park, P. Isola and A. A. Efros, "Unpaired image-to-image translation using cycle-consistent
adversarial networks", ICCV 2017, 2242-2251. The review does not list it; DiCyc, which it lists, stands on it.

Verified in the authors' PyTorch code: the layers of both networks and their sizes (with three channels 11,378,179 and
2,764,737 parameters); least squares, the discriminators' halved; the cycle both ways with a weight of 10; the identity
with half of that; a pool of 50 samples; Adam with betas 0.5 and 0.999; one image a step, half of the training at one
rate, the other down to 0; initial weights from N(0, 0.02).

Our reading:

- One channel: gray MRI to gray CT. That leaves 11,365,633 and 2,762,689 parameters.
- Course scale: the generator sees 256 pixels of 1 mm as 64 of 4 mm, has 8 channels instead of 64, three residual blocks
  instead of nine; the discriminators have 12 channels. What it makes is enlarged again: bone is coarse.
- The rate is 0.001 instead of 0.0002, for hundreds of steps instead of some hundred thousand.
- Data: MRI of some phantom heads, CT of others, which the second scanner shows 8 % larger than they are. Nothing in the
  losses forbids that the translation does so, too: the cycle only asks that the way back undoes it.
"""

from medfuse_course.core.registry import lookup
from medfuse_course.networks.cycle import PatchDiscriminator, ResnetGenerator, Translator
from medfuse_course.training import Budget, Phase, Recipe
from medfuse_course.training.cycles import CyclePlayers, CycleStep
from medfuse_course.training.data.unpaired import CT_WINDOW, UnpairedHeads
from medfuse_course.training.schedules import half_then_linear

WINDOW = CT_WINDOW
"""What 0 and 1 of its output mean: -1000 and 2000 HU."""

SIDE = 256
"""Pixels of the slices that are learned from."""

SCALES: dict[str, tuple[int, int, int, int]] = {"paper": (64, 9, 64, 1), "course": (8, 3, 12, 4)}
"""Channels of the generator, its residual blocks, channels of the discriminator, pixels that become one."""


def build(scale: str) -> Translator:
    """``"paper"``: 11,365,633 parameters; ``"course"``: 67,873."""
    width, blocks, _, step = lookup("scale", scale, SCALES)
    return Translator(ResnetGenerator(width, blocks), step)


def players(scale: str) -> CyclePlayers:
    """Two generators, two discriminators (2,762,689 parameters each at ``"paper"``), two pools of 50."""
    _, _, width, step = lookup("scale", scale, SCALES)
    judges = PatchDiscriminator(width), PatchDiscriminator(width)
    return CyclePlayers(build(scale), build(scale), *judges, side=SIDE // step)


RECIPE = Recipe(
    slug="cyclegan",
    network=players,
    data=UnpairedHeads(),
    phases=(Phase("translation", CycleStep, learning_rate=1e-3),),
    budgets={
        "smoke": Budget(steps=6, batch=1, patch=64, check_every=2, pool=1),
        "lesson": Budget(steps=100, batch=1, patch=64, check_every=50, pool=4, refresh=1_000_000),
        "ship": Budget(steps=200, batch=1, patch=64, check_every=50, pool=6, refresh=1_000_000),
        "full": Budget(steps=20_000, batch=1, patch=64, check_every=500, pool=48, refresh=1_000_000),
    },
    clip=None,
    ships="to_b",
    keep="last",
    schedule=half_then_linear,
)
