"""A flow says what the code does: its steps run, in its order; every weight and every term of a loss is named."""

import sys

import pytest

from medfuse_course.core.registry import load_object
from medfuse_course.datasets.catalogue import load_case
from medfuse_course.methods import RULES, fuse, get_method, list_methods, solve
from medfuse_course.methods.flow import RULES_DO, Flow, Step, flow_of, flows_of, parameters
from tests.methods.every_method import marks

EVERY = list_methods()
LEARNED = [pytest.param(m.slug, marks=marks(m)) for m in EVERY if m.network]
each = pytest.mark.parametrize("slug", [pytest.param(m.slug, marks=marks(m), id=m.slug) for m in EVERY])
each_learned = pytest.mark.parametrize("slug", LEARNED)


def _followed(run, parts):
    """Run something; how late each function returned last, and each part of a network (by ``id`` of its modules)."""
    last, count = {}, 0

    def note(frame, event, _):
        nonlocal count
        if event == "return":
            count += 1
            name, module = frame.f_code.co_qualname, frame.f_globals.get("__name__", "")
            last[f"{module}:{name}".removeprefix("medfuse_course.")] = count
            if name == "Module._call_impl":
                last.update(dict.fromkeys(parts.get(id(frame.f_locals["self"]), ()), count))

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return last


def _parts_by_module(network, flow):
    """``id`` of a module to the parts of the flow's steps that it belongs to."""
    parts = {}
    for part in {part for step in flow.steps.values() for part in step.parts}:
        for module in network.get_submodule(part).modules():
            parts.setdefault(id(module), []).append(f"part {part}")
    return parts


def _run(method, pair):
    if method.task.slug == "fusion":
        return lambda: fuse(*pair, method.slug)
    case = load_case(method.task.example)
    return lambda: solve(case, method.slug)


@each
def test_every_step_runs_and_in_its_order(slug, gray_pair):
    method, flow = get_method(slug), flow_of(slug)
    parts = {}
    if method.network:
        from medfuse_course.methods.weights import kept_network

        parts = _parts_by_module(kept_network(method), flow)
    last = _followed(_run(method, gray_pair), parts)
    when = {}
    for letter, step in flow.in_order().items():
        names = [step.code] if step.code else [f"part {part}" for part in step.parts]
        when[letter] = max((last[name] for name in names), default=None)
    for above, below in flow.joined():
        known = None not in (when[above], when[below])
        assert not known or when[above] <= when[below], f"{above} ends after {below}"


@each
def test_every_step_gets_something_and_gives_something(slug):
    flow = flow_of(slug)
    letters, joined = set(flow.in_order()), flow.joined()
    assert {below for _, below in joined} == letters - {"a", "b"}
    assert {above for above, _ in joined} == letters - {"f"}
    assert "f" in letters and "a" in letters


@each_learned
def test_every_weight_of_a_network_is_in_one_step(slug):
    steps = flows_of(get_method(slug).family)[slug].in_order().values()
    network = get_method(slug).load()("course")
    named = sum(parameters(network, step.parts) for step in steps)
    assert named == sum(p.numel() for p in network.parameters())
    frozen = sum(p.numel() for p in network.parameters() if not p.requires_grad)
    assert frozen == sum(parameters(network, step.parts) for step in steps if step.fixed)


@each_learned
def test_training_has_the_phases_and_the_terms_of_the_recipe(slug):
    method = get_method(slug)
    recipe = load_object(method.recipe)
    network = recipe.network("course")
    budget = recipe.budgets["smoke"]
    found = {}
    for phase in recipe.phases:
        step = phase.step(network)
        batch = recipe.data.batch(0, 0, budget, slice(None))
        found[phase.name] = tuple(term for update in step.updates for term in update.losses(batch))
    assert flow_of(slug).training.phases == found


def test_every_rule_has_its_words():
    assert list(RULES_DO) == list(RULES)


def test_rows_share_the_width_and_what_overlaps_is_joined():
    flow = Flow("ab am2b r", {"m": Step("m"), "r": Step("r")})
    assert [(c.letter, c.left, c.right, c.passes) for c in flow.cells()[1]] == [
        ("a", 0, 0.25, True), ("m", 0.25, 0.75, False), ("b", 0.75, 1, True),
    ]  # fmt: skip
    assert flow.joined() == {("a", "m"), ("b", "m"), ("a", "r"), ("b", "r"), ("m", "r")}
    assert [link.x for link in flow.links() if link.row == 1] == [0.125, 0.5, 0.875]


def test_twice_the_letter_is_two_arrows_and_a_bus_joins_all():
    steps = {"e": Step("e"), "r": Step("r"), "m": Step("m"), "n": Step("n")}
    assert [link.x for link in Flow("ab ee r", steps).links()] == [0.25, 0.75, 0.25, 0.75]
    assert Flow("ab = mn f", steps).joined() >= {("a", "m"), ("a", "n"), ("b", "m"), ("b", "n")}
