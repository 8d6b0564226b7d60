"""What a check needs to know of an exercise: what must hold, and what people get wrong.

What the learner reads (title, prompt, choices, hints, solution) stands in the chapter; `chapters.writing` finds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from medfuse_course.core.registry import load_object

Kind = Literal["function", "module", "choice", "number", "lab"]

MIN_WRONG = 3
"""A check that has never refused three real mistakes is not trusted; open labs are exempt."""


@dataclass(frozen=True)
class Property:
    """Something that must hold for a right answer.

    Attributes
    ----------
    id
        A short name, such as ``"gain"``.
    test
        Takes the answer (a function arrives as an `Attempt`) and returns None if the property holds, else one sentence
        that says what came instead.
    hint
        What to look at when it does not hold; it helps and does not spoil.

    Examples
    --------
    >>> from medfuse_course.exercises import Property
    >>> def is_even(answer):
    ...     return None if answer % 2 == 0 else f"{answer} is odd"
    >>> even = Property("even", is_even, "What is left when you divide it by two?")
    >>> even.test(3), even.test(4)
    ('3 is odd', None)
    """

    id: str
    test: Callable[[Any], str | None]
    hint: str


@dataclass(frozen=True)
class WrongAnswer:
    """A mistake that people really make.

    Attributes
    ----------
    name
        What the mistake is, such as ``"forgot_the_gain"``.
    answer
        A function, a choice or a number.
    refused_by
        The `Property.id` that must refuse it; the property does not know this answer.
    hint
        What helps against this mistake, shown when an answer does the same.
    """

    name: str
    answer: Any
    refused_by: str
    hint: str


@dataclass(frozen=True)
class Exercise:
    """One thing to try.

    Attributes
    ----------
    name
        Where what it teaches lies, such as ``"transforms.pyramid.laplacian"``.
    kind
        ``"function"``; ``"module"``, a class of `torch.nn.Module`, or a function that makes one; ``"choice"`` and
        ``"number"``, where the answer is a value; ``"lab"``, a function with a goal.
    reference
        The right answer: ``"package.module:function"`` for functions, modules and labs, else the value itself.
    properties
        What must hold, in the order it is asked. A choice and a number need none: theirs follow from the reference.
    wrong
        Known mistakes.
    trials
        Gives argument tuples on which an answer is compared with the known mistakes.
    facts
        What is known of a module for a comparison with the known mistakes, where no trial gives the same numbers twice.
    tolerance
        Largest distance from the reference, for a number.
    score
        Takes an `Attempt` at a lab or module and returns what it reached, as a sentence.
    """

    name: str
    kind: Kind
    reference: Any
    properties: tuple[Property, ...] = ()
    wrong: tuple[WrongAnswer, ...] = ()
    trials: Callable[[], tuple[tuple[Any, ...], ...]] | None = None
    facts: tuple[Callable[[Any], Any], ...] = ()
    tolerance: float = 0.0
    score: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        if self.kind != "lab" and len(self.wrong) < MIN_WRONG:
            raise ValueError(f"{self.name}: expected at least {MIN_WRONG} known wrong answers, got {len(self.wrong)}")

    @property
    def is_function(self) -> bool:
        """Whether the learner writes a function, or a class, which is called like one."""
        return self.kind in ("function", "module", "lab")

    def solution(self) -> Any:
        """The right answer, imported if it is a function."""
        return load_object(self.reference) if self.is_function else self.reference
