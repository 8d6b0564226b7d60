"""The rules of the lab on adversaries: what an answer may change in a game, asked before it is played.

A rule returns what is wrong, or None.
"""

from functools import partial
from typing import Any

from medfuse_course.exercises.attempt import Attempt, NotAttempted, Refused, refusing

WIDTH, LAYERS, RATE, BETAS = 64, 2, 2e-3, (0.5, 0.9)
"""Of the networks, and of the optimizer of both."""

SAMPLES = 16
"""Points on which losses are compared."""


def step_of(answer: Attempt, players: Any) -> Any:
    """The step that an answer makes of these very networks; raise `Refused` for anything else."""
    from medfuse_course.training import AdversarialStep

    with refusing("it"):
        try:
            step = answer.function(players)
        except NotImplementedError as error:
            raise NotAttempted from error
    if not isinstance(step, AdversarialStep):
        got = "nothing" if step is None else type(step).__name__
        raise Refused(f"it returned {got}, not an AdversarialStep; return AdversarialStep(players, ...)")
    return step


def _points() -> Any:
    """Some real points with as many rows of noise."""
    from medfuse_course.training import gaussian_ring

    return gaussian_ring().draw(SAMPLES, 0)


def _fresh(answer: Attempt) -> tuple[Any, Any]:
    import torch

    from medfuse_course.networks.players import point_players

    torch.manual_seed(0)
    players = point_players(2, WIDTH, LAYERS)
    return players, step_of(answer, players)


def is_a_game(answer: Attempt) -> str | None:
    """Both players learn, each once in every step."""
    players, step = _fresh(answer)
    learning = {id(weight) for update in step.updates for weight in update.parameters}
    for name in ("discriminator", "generator"):
        if not all(id(weight) in learning for weight in getattr(players, name).parameters()):
            return f"no update changes the {name} that came in"
    if sum(len(update.parameters) for update in step.updates) > len(learning):
        return "a player learns more than once in a step; here both learn once"
    rare = [update.every for update in step.updates if update.every != 1]
    return f"a player learns in one of {rare[0]} steps only; here both learn in every step" if rare else None


def same_losses(answer: Attempt) -> str | None:
    """Another objective is one line, and the page has shown what it brings."""
    from medfuse_course.losses.adversarial import NON_SATURATING

    _, step = _fresh(answer)
    return None if step.objective == NON_SATURATING else "its objective is another one than NON_SATURATING"


def same_walk(answer: Attempt) -> str | None:
    """Without momentum the plain game does not collapse either: one number would be the whole answer."""
    from torch.optim import Adam

    _, step = _fresh(answer)
    for update in step.updates:
        made = _asked(update.make_optimizer, RATE, what="its optimizer")
        wanted = Adam(update.parameters, lr=RATE, betas=BETAS).defaults
        if type(made) is not Adam or any({k: group[k] for k in wanted} != wanted for group in made.param_groups):
            return f"the {update.name} has another optimizer than Adam with betas {BETAS} and the rate of the game"
    return None


def _makes(update: Any, makers: list[Any]) -> bool:
    return any(weight is maker for weight in update.parameters for maker in makers)


def _asked(function: Any, *arguments: Any, what: str = "a loss") -> Any:
    """What a part of a learner's step returns; raise `Refused` where it fails."""
    with refusing(what):
        return function(*arguments)


def _loss(update: Any, batch: Any) -> Any:
    """The sum of what an update minimizes."""
    import torch

    return _asked(lambda: torch.as_tensor(sum(update.losses(batch).values())).sum())


def only_told(answer: Attempt) -> str | None:
    """A discriminator that says the same of everything must leave the generator where it is."""
    import torch

    players, step = _fresh(answer)
    with torch.no_grad():
        for weight in players.discriminator.parameters():
            weight.zero_()
    batch, makers = _points(), list(players.generator.parameters())
    before = [maker.detach().clone() for maker in makers]
    for update in step.updates:
        loss = _loss(update, batch)
        with torch.no_grad():
            _asked(update.after or (lambda: None))
        if not _makes(update, makers) or not loss.requires_grad:
            continue
        slopes = _asked(partial(torch.autograd.grad, allow_unused=True), loss, makers)
        if any(slope is not None and bool(slope.abs().max() > 1e-6) for slope in slopes):
            return "the generator learns although the discriminator says the same of every point"
    if not all(torch.equal(was, maker) for was, maker in zip(before, makers, strict=True)):
        return "the generator's weights change outside its own update"
    return None


def same_persuasion(answer: Attempt) -> str | None:
    """The name of the objective may be right, and its losses replaced."""
    import torch

    from medfuse_course.losses.adversarial import NON_SATURATING

    players, step = _fresh(answer)
    batch, makers = _points(), list(players.generator.parameters())
    for update in step.updates:
        if not _makes(update, makers):
            continue
        torch.manual_seed(1)  # a judge may add noise to what it sees
        got = _loss(update, batch).item()
        torch.manual_seed(1)
        wanted = _asked(lambda: NON_SATURATING.generator(step.judge(step.samples(batch), batch)).item())
        if abs(got - wanted) > 1e-4:
            return f"on 16 points the generator's loss is {got:.4f}, that of NON_SATURATING {wanted:.4f}"
    return None
