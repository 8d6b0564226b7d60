"""Attention: what each query is told, and what that costs.

``attend(queries, keys, values)`` takes ``(n, d)``, ``(m, d)`` and ``(m, c)`` and returns ``(n, c)``:
``softmax(Q K^T / sqrt(d)) V``.
"""

from functools import partial

import numpy as np

from medfuse_course.core.random import generator
from medfuse_course.core.types import FloatArray
from medfuse_course.exercises.attempt import Attempt
from medfuse_course.exercises.exercise import Exercise, Property, WrongAnswer
from medfuse_course.exercises.samples import differs


def attend(queries: FloatArray, keys: FloatArray, values: FloatArray) -> FloatArray:
    """Each query's mean of the values, weighted by a softmax of its scaled products with the keys."""
    scores = queries @ keys.T / np.sqrt(queries.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    told: FloatArray = shares / shares.sum(axis=-1, keepdims=True) @ values
    return told


def _attend(
    queries: FloatArray,
    keys: FloatArray,
    values: FloatArray,
    *,
    power: float = 0.5,
    axis: int = -1,
    stable: bool = True,
    hard: bool = False,
    even: bool = False,
    most: float = np.inf,
    mended: bool = False,
) -> FloatArray:
    """The solution with one thing done otherwise."""
    scores = np.clip(queries @ keys.T / queries.shape[-1] ** power, -most, most)
    if even:
        scores = 0 * scores
    with np.errstate(over="ignore"):
        shares = np.exp(scores - scores.max(axis=axis, keepdims=True) * stable)
    if hard:
        shares = (scores == scores.max(axis=-1, keepdims=True)).astype(float)
    with np.errstate(invalid="ignore"):
        told: FloatArray = shares / shares.sum(axis=axis, keepdims=True) @ values
    return np.nan_to_num(told) if mended else told


def _tokens(*stream: str, n: int = 5, m: int = 7, d: int = 4, c: int = 3) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = generator(0, "exercises", "attention", *stream)
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=(m, c))


def _lifted(offset: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Tokens, all of whose scores are larger by the same number, half of `offset`."""
    queries, keys, values = _tokens("raised")
    queries[:, 0], keys[:, 0] = offset, 1
    return queries, keys, values


def _asked(answer: Attempt, *tokens: FloatArray) -> FloatArray:
    return answer.image(*tokens, shape=(len(tokens[0]), tokens[2].shape[1]))


def _shape(answer: Attempt) -> str | None:
    _asked(answer, *_tokens("shape"))
    return None


def _mean(answer: Attempt) -> str | None:
    """If all tell the same, that is what everyone is told."""
    queries, keys, values = _tokens("mean")
    values[:] = values[0]
    return differs(
        _asked(answer, queries, keys, values), np.tile(values[0], (len(queries), 1)), "a mean of equals", 1e-5
    )


def _alike(answer: Attempt) -> str | None:
    """Another order of keys and values is the same crowd; and who is alike counts more."""
    queries, keys, values = _tokens("order")
    first, again = _asked(answer, queries, keys, values), _asked(answer, queries, keys[::-1], values[::-1])
    if said := differs(again, first, "with keys and values in another order, a number"):
        return said
    near = float(_asked(answer, 3 * np.eye(4), 3 * np.eye(4), np.eye(4)).diagonal().min())
    return None if near > 0.6 else f"a query that equals one key and no other gets {near:.2f} of its value"


def _large(answer: Attempt) -> str | None:
    queries, keys, values = _tokens("large")
    found = _asked(answer, 100 * queries, 100 * keys, values)
    return None if np.isfinite(found).all() else "with scores in the thousands the result is not finite"


def _raised(answer: Attempt) -> str | None:
    """A number added to all scores changes nothing, be it large, below zero, or both in turn."""
    wanted = attend(*_lifted(0.0))
    for offset in (2000.0, -2000.0):
        said = differs(_asked(answer, *_lifted(offset)), wanted, "what a query is told", 1e-2)
        if said:
            return f"with {offset / 2:+.0f} added to every score, which changes no share, {said}"
    return None


def _same(answer: Attempt) -> str | None:
    for number, sizes in enumerate(({}, {"d": 9}, {"n": 1, "m": 12, "d": 1})):
        tokens = _tokens("same", str(number), **sizes)
        said = differs(_asked(answer, *tokens), attend(*tokens), "what a query is told")
        if said:
            return f"with {tokens[0].shape[1]} channels: {said}"
    return None


_ATTEND = Exercise(
    name="networks.attention.attend",
    kind="function",
    reference="medfuse_course.exercises.networks.attention:attend",
    properties=(
        Property("shape", _shape, "Return one row for each query, as long as a value."),
        Property("large", _large, "Take the largest score of each row away before exp: the shares stay the same."),
        Property("mean", _mean, "The shares of one query must sum to 1: divide by their sum along the keys."),
        Property("alike", _alike, "Share by the products of query and key, through a softmax along the keys."),
        Property("same", _same, "Compare with look_at on the page; the products are divided by the root of d."),
        Property("raised", _raised, "Cut off no score and hide no NaN: take the largest of the row away before exp."),
    ),
    trials=lambda: (_tokens("trial", "0"), _tokens("trial", "1", d=6), _lifted(2000.0)),
    wrong=(
        WrongAnswer(
            "unstable",
            partial(_attend, stable=False),
            "large",
            "exp of a thousand is too large a number. Take the largest score of the row away first.",
        ),
        WrongAnswer(
            "cut_off",
            partial(_attend, stable=False, most=700.0),
            "raised",
            "Scores that you cut off become equal, though they were not. Take the largest of the row away.",
        ),
        WrongAnswer(
            "hidden_nan",
            partial(_attend, stable=False, mended=True),
            "raised",
            "A NaN that is replaced is still a lost answer. Take the largest score of the row away before exp.",
        ),
        WrongAnswer(
            "over_queries",
            partial(_attend, axis=0),
            "mean",
            "You shared among the queries. Each query shares among the keys: the last axis.",
        ),
        WrongAnswer("not_the_root", partial(_attend, power=1.0), "same", "Divide by the root of d, not by d."),
        WrongAnswer("not_scaled", partial(_attend, power=0.0), "same", "Divide the products by the root of d."),
        WrongAnswer(
            "the_best_alone",
            partial(_attend, hard=True),
            "same",
            "You took the best key alone. A softmax lets the others speak, too.",
        ),
        WrongAnswer(
            "plain_mean",
            partial(_attend, even=True),
            "alike",
            "Everyone counts the same in your mean. Share by the products of query and key.",
        ),
    ),
)

_COST = Exercise(
    name="networks.attention.cost",
    kind="choice",
    reference="c",
    wrong=(
        WrongAnswer("a", "a", "choice", "Both sides double, so there are four times as many tokens, not twice."),
        WrongAnswer("b", "b", "choice", "Each of four times as many tokens asks all of four times as many."),
        WrongAnswer("d", "d", "choice", "A window holds as many tokens as before. How many more windows are there?"),
    ),
)

EXERCISES = (_ATTEND, _COST)
