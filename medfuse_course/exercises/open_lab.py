"""What open labs share: an answer is tried on cases, measured, and held against goals that start from a baseline.

A lab says how close it was: how much was missing at the goal that refused, or which goal was nearest when all were met.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np

from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair, Truth, load_pair
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property

Values = Mapping[str, float]


@dataclass(frozen=True)
class Goal:
    """One number that a lab asks for.

    Attributes
    ----------
    id
        The `Property.id` under which it refuses.
    what
        Its name in a sentence, such as ``"SSIM"``.
    hint
        What to look at when it is missed.
    value
        Takes what was measured and returns the number.
    wanted
        Takes the baseline's number and returns the limit.
    baseline
        The one that the limit is set against.
    most
        The number may be at most the limit, instead of at least.
    beat
        Reaching the limit is not enough.
    form
        How the number is written.
    detail
        Takes what was measured and returns words that explain the number; may be empty.
    """

    id: str
    what: str
    hint: str
    value: Callable[[Values], float]
    wanted: Callable[[float], float]
    baseline: str
    most: bool = False
    beat: bool = False
    form: str = ".2f"
    detail: Callable[[Values], str] = lambda _: ""

    def margin(self, reached: Values, known: Values) -> float:
        """How much is to spare; negative where the goal is missed, NaN where there is no number."""
        over = self.value(reached) - self.wanted(self.value(known))
        return -over if self.most else over

    def missed(self, reached: Values, known: Values) -> str | None:
        """Say what is missing; None where the goal is met."""
        margin = self.margin(reached, known)
        if margin > 0 or (margin == 0 and not self.beat):
            return None
        limit = "at most" if self.most else "more than" if self.beat else "at least"
        got, wanted = self._apart(self.value(reached), self.wanted(self.value(known)))
        gap = f"{self._amount(-margin or 0.0)} too {'much' if self.most else 'little'}"
        return f"{self.what} {got}{self.detail(reached)}, wanted is {limit} {wanted}: {gap}"

    def spare(self, reached: Values, known: Values) -> tuple[float, str]:
        """The margin as a share of the way from baseline to limit, and in words."""
        margin, start = self.margin(reached, known), self.value(known)
        way = abs(self.wanted(start) - start) or abs(start) or 1.0
        return margin / way, f"{self.what}, {self._amount(margin)} to spare"

    def _apart(self, got: float, wanted: float) -> tuple[str, str]:
        """Both numbers in the form of this goal, with more digits where they would read the same."""
        kind = self.form[-1]
        for digits in range(int(self.form[1:-1]), 12):
            first, second = f"{got:.{digits}{kind}}", f"{wanted:.{digits}{kind}}"
            if first != second:
                break
        else:
            return f"{got:{self.form}}", f"{wanted:{self.form}}"
        return first, second

    def _amount(self, number: float) -> str:
        """A difference; that of two shares is in percentage points."""
        return f"{100 * number:.2f} percentage points" if self.form.endswith("%") else f"{number:.2g}"


@dataclass(frozen=True, eq=False)
class Lab:
    """Cases, what is measured on them, and what known methods reach there.

    Attributes
    ----------
    run
        Tries an answer on all cases and returns what it makes.
    measure
        Takes what was made and returns numbers by name.
    baselines
        Known answers by name.
    """

    run: Callable[[Attempt], Any]
    measure: Callable[[Any], Values]
    baselines: Mapping[str, Callable[..., Any]]

    @cached_property
    def known(self) -> Mapping[str, Values]:
        """What the baselines reach."""
        return {name: self.measure(self.run(Attempt(answer))) for name, answer in self.baselines.items()}

    def made(self, answer: Attempt) -> Any:
        """What an answer makes of the cases."""
        return _made(self, answer)

    def reached(self, answer: Attempt) -> Values:
        """What is measured on that."""
        return _reached(self, answer)

    def exercise(
        self, name: str, reference: str, goals: tuple[Goal, ...], before: tuple[Property, ...] = ()
    ) -> Exercise:
        """The open lab with these goals; what stands in ``before`` must hold first."""
        asked = tuple(Property(goal.id, self._asks(goal), goal.hint) for goal in goals)
        return Exercise(name, "lab", reference, (*before, *asked), score=lambda answer: self._report(answer, goals))

    def _asks(self, goal: Goal) -> Callable[[Attempt], str | None]:
        return lambda answer: goal.missed(self.reached(answer), self.known[goal.baseline])

    def _report(self, answer: Attempt, goals: tuple[Goal, ...]) -> str:
        """All numbers beside those of the baselines, and the goal that was nearest."""
        reached, beside = self.reached(answer), dict[str, list[str]]()
        for goal in goals:
            said = f"{goal.what} {goal.value(reached):{goal.form}}{goal.detail(reached)}"
            known = f"{goal.baseline.replace('_', ' ')} {goal.value(self.known[goal.baseline]):{goal.form}}"
            beside.setdefault(said, []).append(known)
        nearest = min(goal.spare(reached, self.known[goal.baseline]) for goal in goals)[1]
        numbers = ", ".join(f"{said} ({', '.join(known)})" for said, known in beside.items())
        return f"{numbers}; nearest to its limit: {nearest}"


def lab_on_pairs(
    cases: Callable[[], Sequence[Pair]],
    measure: Callable[[Image, Pair], Values],
    baselines: Mapping[str, Callable[[Image, Image], Image]],
) -> Lab:
    """A lab on fusion: the answer fuses all pairs, and what is measured is averaged over them."""

    def run(answer: Attempt) -> tuple[Image, ...]:
        return tuple(answer.image(pair.a, pair.b).astype(np.float32) for pair in cases())

    def means(fused: Sequence[Image]) -> Values:
        rows = [measure(image, pair) for image, pair in zip(fused, cases(), strict=True)]
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}

    return Lab(run, means, baselines)


@cache
def heads(name: str, seeds: tuple[int, ...], **options: Any) -> tuple[Pair, ...]:
    """Phantom pairs of that name with two lesions each, one for each seed."""
    return tuple(load_pair(name, seed=seed, lesions=2, **options) for seed in seeds)


def truth_of(pair: Pair) -> Truth:
    """What is known of a phantom pair; raise ValueError for any other."""
    if pair.truth is None:
        raise ValueError(f"pair: expected a phantom, which knows its truth, got {pair.name!r}")
    return pair.truth


@lru_cache(maxsize=1)
def _made(lab: Lab, answer: Attempt) -> Any:
    """Kept for the answer in hand, since every goal asks; the next check is another attempt and is tried anew."""
    return lab.run(answer)


@lru_cache(maxsize=1)
def _reached(lab: Lab, answer: Attempt) -> Values:
    return lab.measure(lab.made(answer))
