"""One author's cell gives the learner a stub and the page a solution."""

import pytest

from medfuse_course.exercises.cells import checked_name, solved, starter

FUNCTION = '''def f(a):
    """Return a."""
    # BEGIN SOLUTION
    b = a
    return b
    # END SOLUTION


print("after")'''


def test_the_stub_keeps_signature_docstring_and_what_follows():
    assert starter(FUNCTION) == (
        'def f(a):\n    """Return a."""\n    raise NotImplementedError("your code here")\n\n\nprint("after")'
    )


def test_the_solution_loses_only_its_markers():
    assert solved(FUNCTION) == 'def f(a):\n    """Return a."""\n    b = a\n    return b\n\n\nprint("after")'


def test_an_answer_becomes_none_and_its_check_stays():
    source = '# BEGIN SOLUTION\nanswer = "b"\n# END SOLUTION\ncheck("trial.read", answer)'
    assert starter(source) == 'answer = None\ncheck("trial.read", answer)'


def test_two_solutions_in_one_cell_are_both_taken_out():
    one = "def f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n"
    source = one + one.replace("f()", "g()")
    assert starter(source).count("raise NotImplementedError") == 2
    assert "return" not in starter(source)


@pytest.mark.parametrize(
    "source",
    ["# BEGIN SOLUTION\nanswer = 1", "answer = 1\n# END SOLUTION", "# BEGIN SOLUTION\nprint(1)\n# END SOLUTION"],
    ids=["never ends", "never begins", "no assignment"],
)
def test_a_broken_solution_is_an_error(source):
    with pytest.raises(ValueError, match="expected"):
        starter(source)


@pytest.mark.parametrize(
    ("source", "name"),
    [('check("a.b_c", f)', "a.b_c"), ("mf.check('x', 1)", "x"), ("checked = 1", ""), ('# check("a", f)', "")],
)
def test_the_name_of_the_exercise_is_read_off_its_check(source, name):
    assert checked_name(source) == name
