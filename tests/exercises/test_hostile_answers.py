"""Nothing that an answer does raises, hangs, ends Python or stays: every kind gets one line that says what came."""

import builtins
import functools
import math
import os
import random
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from medfuse_course.exercises import check, checking, get_exercise, guard, list_exercises
from medfuse_course.methods.rules import choose_max
from tests.exercises.hostile import FRACTIONS, RAISES, VALUES, Evil, EvilFloat, EvilText

CONTRAST, CHOICE = "methods.classical.average.contrast", "datasets.head.complement"
DETAILS, AUC, JUDGE = "transforms.pyramid.fuse_details", "metrics.ranking.auc", "benchmark.verdicts.judge"
FUNCTIONS = [e.name for e in list_exercises() if e.kind == "function"]
IN_TURN = [pytest.param(n, marks=pytest.mark.weekly if k % 6 else pytest.mark.slow) for k, n in enumerate(FUNCTIONS)]
"""What guards an answer is the same for all: with every change each sixth is asked, once a week all are."""


def refused(name, answer):
    result = check(name, answer)
    assert result.status == "refused", result.text
    assert "\n" not in result.text and result.hint
    return result.message


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_of_no_plain_kind_is_named(kind):
    make, said = VALUES[kind]
    number, choice = refused(CONTRAST, make()), refused(CHOICE, make())
    assert said in number and number.startswith("expected a number")
    assert said in choice and choice.startswith("expected one of 'a', 'b', 'c', 'd'")


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", [DETAILS, AUC, JUDGE])
def test_what_a_function_returns_is_named_beside_what_was_expected(name, kind):
    make, said = VALUES[kind]
    message = refused(name, lambda *_: make())
    assert (said in message or ", not " in message) and "returned" in message


@pytest.mark.parametrize("name", IN_TURN)
def test_of_every_function(name):
    for make, _ in VALUES.values():
        assert refused(name, lambda *_, make=make: make())
    for error in RAISES.values():
        assert refused(name, _raiser(error))
    for plain in (
        "b",
        3,
        1j,
        (),
        [],
        {},
        True,
        np.float16(1),
        np.zeros(0),
        np.zeros((2, 0, 3)),
        np.array("x"),
        (1, "a"),
    ):
        assert check(name, lambda *_, plain=plain: plain).status == "refused"


def _raiser(error):
    def answer(*_):
        raise error

    return answer


@pytest.mark.parametrize("kind", RAISES)
def test_whatever_it_raises_is_one_line(kind):
    assert f"it raised {kind} for 12 x 17" in refused(DETAILS, _raiser(RAISES[kind]))


def test_a_kind_that_compares_as_right_is_not_right():
    assert "-1 is not it" in refused(CONTRAST, EvilFloat(-1))
    assert "'c' is not it" in refused(CHOICE, EvilText("c"))
    assert "expected" in refused(JUDGE, lambda *_: Evil())


@pytest.mark.parametrize("answer", FRACTIONS)
def test_fractions_are_numbers(answer):
    assert check(CONTRAST, answer).passed
    assert "not it" in refused(CONTRAST, answer * 2)


@pytest.mark.torch
def test_tensors_of_every_kind():
    torch = pytest.importorskip("torch")
    assert check(CONTRAST, torch.tensor(0.4, requires_grad=True)).passed
    assert check(CONTRAST, torch.tensor(0.4, dtype=torch.bfloat16)).passed
    assert "raised NotImplementedError" in refused(CONTRAST, torch.tensor(0.4, device="meta"))
    assert "float16" in refused(DETAILS, lambda a, b: torch.from_numpy(choose_max(a, b)).half())
    assert check(DETAILS, lambda a, b: torch.from_numpy(choose_max(a, b)).requires_grad_()).passed
    assert check(DETAILS, lambda a, b: torch.from_numpy(choose_max(a, b)).to_sparse()).passed


def test_deep_recursion_is_answered():
    def deep(a, b):
        return deep(a, b)

    assert "RecursionError" in refused(DETAILS, deep)


def test_what_the_check_itself_cannot_compute_with_says_what_was_expected():
    message = refused(JUDGE, lambda *_: (np.zeros(3), "x"))
    assert "tuple" in message


def test_warnings_as_errors_are_not_the_answers_fault():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="raise"):
            assert check(DETAILS, lambda a, b: choose_max(a, b) + 0 * np.nan_to_num(np.log(a * 0))).passed


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setitem(checking.SECONDS, "function", 0.2)


def test_an_endless_loop_ends(short):
    def loops(a, b):
        while True:
            pass

    begun = time.monotonic()
    assert "had not come to an end after 0 seconds" in refused(DETAILS, loops)
    assert time.monotonic() - begun < 5
    assert check(DETAILS, choose_max).passed


def test_an_endless_loop_that_swallows_everything_ends_or_is_told_again(short):
    count = []

    def swallows(a, b):
        while len(count) < 3:
            try:
                time.sleep(60)
            except BaseException:
                count.append(1)
        return choose_max(a, b)

    assert "had not come to an end" in refused(DETAILS, swallows)
    assert len(count) == 3


def test_an_endless_loop_in_a_thread_ends(short):
    said = []

    def loops(a, b):
        while True:
            pass

    thread = threading.Thread(target=lambda: said.append(check(DETAILS, loops).message))
    thread.start()
    thread.join(20)
    assert "had not come to an end" in said[0]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals")
@pytest.mark.parametrize("swallows", [False, True])
def test_ctrl_c_of_the_reader_gets_out(swallows):
    def waits(a, b):
        signal.raise_signal(signal.SIGINT)
        return choose_max(a, b)

    def hides(a, b):
        try:
            return waits(a, b)
        except BaseException:
            return choose_max(a, b)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        check(DETAILS, hides if swallows else waits)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("leave", [lambda: os._exit(0), lambda: os.abort(), sys.exit, lambda: builtins.exit()])
def test_nothing_ends_python(leave):
    ends = os._exit
    assert "SystemExit" in refused(DETAILS, lambda a, b: leave())
    assert os._exit is ends


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_an_answer_forks_does_not_go_on():
    here, parent = os.getpid(), []

    def forks(a, b):
        if (child := os.fork()) == 0:
            return choose_max(a, b)
        parent.append(child)
        return choose_max(a, b)

    assert check(DETAILS, forks).passed
    assert os.getpid() == here
    assert [os.waitpid(child, 0)[1] for child in parent] == [0] * len(parent)


def _shows_a_float(*_):
    return 0.0


@pytest.mark.parametrize(
    ("owner", "name"), [(np, "abs"), (np, "allclose"), (np.linalg, "norm"), (builtins, "sum"), (math, "sqrt"),
                        (ndimage, "correlate"), (checking, "_ask")]
)  # fmt: skip
def test_a_function_that_it_replaces_is_put_back_and_said(owner, name):
    before = getattr(owner, name)

    def replaces(a, b):
        setattr(owner, name, _shows_a_float)
        return choose_max(a, b)

    message = refused(DETAILS, replaces)
    assert f"something else in the place of {owner.__name__}.{name}" in message
    assert getattr(owner, name) is before
    assert check(DETAILS, choose_max).passed


@pytest.mark.torch
def test_a_function_that_its_own_library_wraps_is_no_replacement(monkeypatch):
    torch = pytest.importorskip("torch")
    before = torch.manual_seed
    monkeypatch.setattr(torch, "manual_seed", before)  # back at the end

    def trains(a, b, wrap=torch._disable_dynamo):  # so PyTorch does when the first optimizer of a session takes a step
        torch.manual_seed = wrap(before)
        return choose_max(a, b)

    assert check(DETAILS, trains).passed
    assert torch.manual_seed.__wrapped__ is before
    torch.manual_seed = before
    own = functools.wraps(before)(lambda _: None)
    message = refused(DETAILS, lambda a, b: trains(a, b, lambda _: own))
    assert "something else in the place of torch.manual_seed" in message and torch.manual_seed is before


def test_a_function_that_was_replaced_before_is_said(monkeypatch):
    monkeypatch.setattr(np, "abs", _shows_a_float)
    assert "numpy.abs is not the library's own" in refused(DETAILS, choose_max)


def test_everything_else_that_it_sets_goes_back(tmp_path):
    def state():
        return (
            np.geterr(), np.get_printoptions(),
            np.random.get_state()[1].tolist(),  # noqa: NPY002
            random.getstate(), Path.cwd(),
            dict(os.environ), list(sys.path), sys.stdout, sys.getrecursionlimit(), list(warnings.filters),
        )  # fmt: skip

    def sets(a, b):
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        np.random.seed(3)  # noqa: NPY002
        random.seed(3)
        os.chdir(tmp_path)
        os.environ["MEDFUSE_CLAIMS"] = "x"
        sys.path.insert(0, "x")
        sys.setrecursionlimit(500)
        warnings.simplefilter("error")
        sys.stdout = None
        return choose_max(a, b)

    before = state()
    assert check(DETAILS, sets).passed
    assert state() == before


def test_a_right_answer_prints_nothing_and_costs_little(capfd):
    check(DETAILS, choose_max)
    costs = []
    for _ in range(10):
        begun = time.process_time()
        with guard.guarded(60):
            pass
        costs.append(time.process_time() - begun)
    assert min(costs) < 0.02
    assert capfd.readouterr() == ("", "")


def test_an_answer_whose_attributes_raise_is_called_and_no_more():
    class Callable(Evil):
        def __call__(self, a, b):
            return choose_max(a, b)

    assert check(DETAILS, Callable()).passed
    assert "expected your function" in refused(DETAILS, Evil())
    assert get_exercise(DETAILS).is_function
