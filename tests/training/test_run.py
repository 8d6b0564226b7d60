"""The loop on a tiny network: it learns, repeats, goes on after a kill, and says what is wrong."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402
from torch.optim.lr_scheduler import OneCycleLR  # noqa: E402

from medfuse_course.networks.tensor_files import CheckpointError, load_tensors, save_tensors  # noqa: E402
from medfuse_course.training import Budget, FusionStep, Phase, SupervisedStep, constant, train  # noqa: E402
from tests.house import ROOT  # noqa: E402
from tests.training.tiny import Noise, Players, diverge, recipe, to_max  # noqa: E402


def weights(trained):
    return torch.cat([tensor.flatten() for tensor in trained.network.state_dict().values()])


def test_it_learns():
    one_phase = recipe(
        phases=(Phase("max", to_max, 1, 1e-2),), budgets={"smoke": Budget(300, patch=12, check_every=10)}
    )
    history = train(one_phase, profile="smoke").history
    assert history[-1].validation["max"] < 0.4 * history[0].validation["max"]


def test_the_same_recipe_gives_the_same_weights_and_another_seed_others():
    first, second, other = (train(r, profile="smoke") for r in (recipe(), recipe(), recipe(seed=1)))
    assert torch.equal(weights(first), weights(second))
    assert not torch.equal(weights(first), weights(other))


@pytest.mark.parametrize("stop", [3, 5, 12, 14, 23])
def test_a_run_that_was_killed_ends_bit_for_bit_where_it_would_have_ended(stop, tmp_path):
    class Killed(Exception):
        pass

    def kill(record):
        if record.number == stop:
            raise Killed

    whole = train(recipe(), profile="smoke")
    with pytest.raises(Killed):
        train(recipe(), profile="smoke", folder=tmp_path, callbacks=[kill])
    again = train(recipe(), profile="smoke", folder=tmp_path)
    assert torch.equal(weights(whole), weights(again))
    assert [r.validation for r in again.history] == [r.validation for r in whole.history]


def test_a_finished_run_is_not_run_again(tmp_path):
    first = train(recipe(), profile="smoke", folder=tmp_path)
    told = []
    again = train(recipe(), profile="smoke", folder=tmp_path, callbacks=[told.append])
    assert told == []
    assert torch.equal(weights(first), weights(again))


def test_phases_run_in_order_with_their_shares():
    told = []
    train(recipe(), profile="smoke", callbacks=[told.append])
    assert [(r.phase, r.number) for r in told] == [("mean", n) for n in range(1, 13)] + [
        ("max", n) for n in range(13, 25)
    ]
    assert [r.number for r in told if r.validation] == [5, 10, 12, 17, 22, 24]


def test_a_recipe_may_ship_a_part_of_what_it_trains():
    whole, part = (train(recipe(ships=ships), profile="smoke") for ships in ("", "mix"))
    assert part.network is part.whole.mix
    assert whole.network is whole.whole
    assert torch.equal(weights(whole), weights(part))
    assert recipe().digest("smoke") == recipe(ships="mix").digest("smoke")  # the weights are the same


def test_updates_of_a_step_run_in_order_each_with_its_own_optimizer():
    """The two players pull the mean of the output apart: both terms are reported, and both parts of the net moved."""
    told = []
    duel = recipe(phases=(Phase("duel", Players, 1, 1e-2),), average=0.0, keep="last")
    trained = train(duel, profile="smoke", callbacks=[told.append])
    assert list(told[0].losses) == ["low", "high"]
    torch.manual_seed(0)
    fresh = duel.build()
    for layer in ("mix.0.weight", "mix.3.weight"):
        assert not torch.equal(trained.network.state_dict()[layer], fresh.state_dict()[layer])


def test_the_best_weights_are_kept_and_patience_ends_a_phase():
    far = recipe(phases=(Phase("max", to_max, 1, 10.0),), patience=2, average=0.0, clip=1e9)
    far = replace(far, budgets={"smoke": Budget(steps=200, batch=4, patch=12, check_every=2)})
    trained = train(far, profile="smoke")
    values = [record.validation["max"] for record in trained.history]
    assert len(values) < 100
    assert min(values) not in values[-2:]
    batch = far.data.validation(far.budget("smoke"))
    fused = trained.network(batch["a"], batch["b"])
    assert (fused - torch.maximum(batch["a"], batch["b"])).pow(2).mean().item() == pytest.approx(min(values), rel=1e-4)


@pytest.mark.parametrize(("clip", "words"), [(None, "unset"), (2.0, "2.0")])
def test_what_becomes_infinite_is_said(clip, words):
    with pytest.raises(FloatingPointError, match=rf"lower the learning rate .* the clip \({words}\)$"):
        train(recipe(phases=(Phase("x", diverge),), clip=clip), profile="smoke")


def test_the_state_of_another_recipe_or_a_damaged_one_is_refused_and_stays(tmp_path):
    train(recipe(), profile="smoke", folder=tmp_path)
    (file,) = tmp_path.iterdir()
    with pytest.raises(CheckpointError, match="clip: 1.0 -> 2.0"):
        train(recipe(clip=2.0), profile="smoke", folder=tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="not a whole file"):
        train(recipe(), profile="smoke", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("lost", ["network", "phase", "history", "all history", "parts", "odd parts"])
def test_a_state_that_is_whole_as_a_file_and_not_as_a_state_says_what_to_do(lost, tmp_path):
    train(recipe(), profile="smoke", folder=tmp_path)
    (file,) = tmp_path.iterdir()
    tensors, about = load_tensors(file)
    if lost == "network":
        tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("network/")}
    elif lost in about:
        del about[lost]
    else:
        about |= {"all history": {"history": []}, "odd parts": {"parts": [1]}}[lost]
    save_tensors(file, tensors, about)
    for _ in range(2):  # whoever tries again is told the same, and how it ends
        with pytest.raises(CheckpointError, match=f"{file}: not the .*remove"):
            train(recipe(), profile="smoke", folder=tmp_path)
    file.unlink()
    train(recipe(), profile="smoke", folder=tmp_path)


def test_an_unknown_profile_is_answered():
    with pytest.raises(ValueError, match="has a budget for smoke, lesson"):
        train(recipe(), profile="full")


def test_two_federated_rounds_make_a_network_that_is_better_at_both_sites():
    """Each site trains from the common weights on data that stay with it; the mean of what they learned is common."""
    to_maximum, sites = recipe(phases=(Phase("max", to_max, 1, 1e-2),)), (Noise(0.5), Noise(1.0))
    common = before = to_maximum.build()
    for _ in range(2):
        learned = [train(to_maximum, start=common, data=site, profile="smoke").network.state_dict() for site in sites]
        common = to_maximum.build()
        common.load_state_dict({name: (learned[0][name] + learned[1][name]) / 2 for name in learned[0]})
    for site in sites:
        assert error(common, site) < 0.7 * error(before, site)


def error(network, data):
    a, b = data.validation(Budget(1, patch=12)).values()
    with torch.no_grad():
        return float((network.eval()(a, b) - torch.maximum(a, b)).pow(2).mean())


def test_training_starts_from_weights_in_any_form(tmp_path):
    first = train(recipe(), profile="smoke")
    path = tmp_path / "first.safetensors"
    save_tensors(path, first.whole.state_dict(), {})
    forms = (first, first.whole, first.whole.state_dict(), path, str(path))
    again = [train(recipe(), start=form, profile="smoke") for form in forms]
    assert all(torch.equal(weights(again[0]), weights(other)) for other in again[1:])
    assert not torch.equal(weights(again[0]), weights(first))
    assert again[0].provenance["start"] and again[0].provenance["recipe"] != first.provenance["recipe"]


def test_training_starts_from_the_part_that_ships():
    part = train(recipe(ships="mix"), profile="smoke")
    from_part, from_whole = (train(recipe(ships="mix"), start=s, profile="smoke") for s in (part.network, part))
    assert torch.equal(weights(from_part), weights(from_whole))


@pytest.mark.parametrize(("start", "words"), [({"x": torch.zeros(1)}, "another network"), (3, "start: expected what")])
def test_a_start_that_does_not_fit_is_answered(start, words):
    with pytest.raises((CheckpointError, TypeError), match=words):
        train(recipe(), start=start, profile="smoke")


def test_seed_and_data_of_one_run_are_those_of_another_recipe():
    given = train(recipe(), seed=3, data=Noise(0.5), profile="smoke")
    written = train(recipe(seed=3, data=Noise(0.5)), profile="smoke")
    assert torch.equal(weights(given), weights(written))
    assert given.provenance["recipe"] == written.provenance["recipe"]


def test_a_seed_that_is_none_is_answered_and_one_of_numpy_serves():
    with pytest.raises(ValueError, match="seed: expected a whole number .* got '1'; leave out the quotes"):
        train(recipe(), seed="1", profile="smoke")
    runs = [train(recipe(), seed=seed, profile="smoke") for seed in (3, np.int64(3))]
    assert torch.equal(*map(weights, runs))


class Mute(FusionStep):
    """A step whose validation says nothing."""

    def __init__(self, network):
        super().__init__(network, lambda f, a, b: {"max": (f - torch.maximum(a, b)).pow(2).mean()})

    def validate(self, batch):
        return {}


def distance(trained):
    torch.manual_seed(0)
    fresh = torch.cat([tensor.flatten() for tensor in recipe().build().state_dict().values()])
    return float((weights(trained) - fresh).norm())


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_where_validation_says_nothing_the_last_weights_are_kept_or_it_is_an_error(average):
    """As far from their beginning as those of the same run which keeps nothing else, not those of the first check."""
    mute = recipe(phases=(Phase("max", Mute, 1, 1e-2),), average=average, keep="last")
    mute = replace(mute, budgets=Budget(24, batch=4, patch=12, check_every=2))
    told = []
    kept = train(mute, profile="smoke", callbacks=[told.append])
    early = train(replace(mute, budgets=replace(mute.budgets, steps=2)), profile="smoke")
    assert distance(kept) > 3 * distance(early)
    assert [r.validation for r in told if r.validation is not None] == [{}] * 12
    with pytest.raises(ValueError, match=r"phase 'max' cannot keep the best.*keep='last'"):
        train(replace(mute, keep="best"), profile="smoke")


def test_the_last_weights_are_those_that_the_optimizer_left():
    phase = Phase("max", to_max, 1, 1e-2)
    left = []

    def look(record):
        left.append(record)

    last = train(recipe(phases=(phase,), average=0.0, keep="last"), profile="smoke", callbacks=[look])
    best = train(recipe(phases=(phase,), average=0.0), profile="smoke")
    assert [r.losses for r in last.history] == [r.losses for r in best.history]
    improved = [r.validation["max"] for r in best.history]
    if improved[-1] == min(improved):
        assert torch.equal(weights(last), weights(best))
    assert error(last.network, Noise()) == pytest.approx(improved[-1], rel=1e-4)


def test_a_validation_that_is_always_the_same_keeps_the_last():
    class Constant(Mute):
        def validate(self, batch):
            return {"zero": torch.zeros(())}

    one = recipe(phases=(Phase("max", Constant, 1, 1e-2),), average=0.0)
    assert torch.equal(weights(train(one, profile="smoke")), weights(train(replace(one, keep="last"), profile="smoke")))


class Normed(nn.Module):
    """A normalization before a filter."""

    def __init__(self):
        super().__init__()
        self.norm, self.mix = nn.BatchNorm2d(2), nn.Conv2d(2, 1, 1)

    def forward(self, a, b):
        return self.mix(self.norm(torch.cat([a, b], dim=1)))


class Frozen(FusionStep):
    """The statistics of the normalization stay as they are."""

    def __init__(self, network):
        super().__init__(network, lambda f, a, b: {"max": (f - torch.maximum(a, b)).pow(2).mean()})

    def train_mode(self, network, training):
        super().train_mode(network, training)
        network.norm.eval()


def test_frozen_normalization_stays_frozen_through_validations_and_a_restart(tmp_path):
    def kill(record):
        if record.number == 7:
            raise KeyboardInterrupt

    frozen = recipe(network=Normed, phases=(Phase("max", Frozen),), keep="last")
    with pytest.raises(KeyboardInterrupt):
        train(frozen, profile="smoke", folder=tmp_path, callbacks=[kill])
    norm = train(frozen, profile="smoke", folder=tmp_path).network.norm
    assert norm.running_mean.tolist() == [0, 0] and norm.num_batches_tracked == 0
    moving = train(replace(frozen, phases=(Phase("max", to_max),)), profile="smoke").network.norm
    assert moving.num_batches_tracked == 24


def test_schedule_clip_and_precision_are_the_recipes():
    fixed = recipe(phases=(Phase("max", to_max, 1, 1e-2),), average=0.0)
    results = [
        weights(train(replace(fixed, **change), profile="smoke"))
        for change in ({}, {"schedule": constant}, {"clip": None}, {"clip": 1e9}, {"clip": 1e-3}, {"precision": "bf16"})
    ]
    assert torch.equal(results[2], results[3])  # a norm that nothing reaches clips nothing
    for other in (results[1], results[4], results[5]):
        assert not torch.equal(results[0], other)
    assert torch.allclose(results[0], results[5], atol=0.05)


def test_schedulers_of_torch_serve_and_go_on_after_a_kill(tmp_path):
    def kill(record):
        if record.number == 14:
            raise KeyboardInterrupt

    cycle = recipe(schedule=lambda optimizer, steps: OneCycleLR(optimizer, 1e-2, total_steps=steps + 1))
    with pytest.raises(KeyboardInterrupt):
        train(cycle, profile="smoke", folder=tmp_path, callbacks=[kill])
    whole, again = train(cycle, profile="smoke"), train(cycle, profile="smoke", folder=tmp_path)
    assert torch.equal(weights(whole), weights(again))
    assert not torch.equal(weights(whole), weights(train(recipe(), profile="smoke")))


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (lambda f, a, b: f.mean(), r"network: expected losses as terms by name, got Tensor; return \{'mse': loss\}"),
        (lambda f, a, b: None, "got NoneType; is a return missing"),
        (lambda f, a, b: {"mse": (f - a).pow(2)}, r"expected one number as 'mse', got shape \(4, 1, 12, 12\)"),
        (lambda f, a, b: {"mse": 4.0}, "the term 'mse' as a tensor, got float"),
        (lambda f, a, b: {"mse": (a - b).mean()}, "depend on nothing that learns"),
        (lambda f, a, b: {}, "expected a term at least"),
    ],
)
def test_losses_that_are_none_are_answered(losses, words):
    with pytest.raises((TypeError, ValueError), match=words):
        train(recipe(phases=(Phase("x", lambda network: FusionStep(network, losses)),)), profile="smoke")


def test_batch_keys_other_than_expected_are_answered():
    supervised = Phase("x", lambda network: SupervisedStep(network, lambda f, target: {"mse": (f - target).mean()}))
    with pytest.raises(ValueError, match="the step asks for 'target', the data give 'a', 'b'"):
        train(recipe(phases=(supervised,)), profile="smoke")


def test_a_step_function_without_return_is_answered():
    with pytest.raises(TypeError, match="phase 'x': expected its step to make a Step, got NoneType; is a return"):
        train(recipe(phases=(Phase("x", lambda network: None),)), profile="smoke")


def test_what_ships_must_be_there_before_training():
    with pytest.raises(ValueError, match="ships: expected a part of Tiny, got 'fuser'"):
        train(recipe(ships="fuser"), profile="smoke", callbacks=[pytest.fail])


_TWO = """
import sys, torch
from safetensors.torch import save_file
from medfuse_course.training import train
from tests.training.tiny import recipe
torch.set_num_threads(1)
net = train(recipe(), profile="smoke").network
for layer in net.modules():
    layer.eval()
import accelerate
assert accelerate.PartialState().num_processes == 2
if accelerate.PartialState().is_main_process:
    save_file(net.state_dict(), sys.argv[1])
"""


def test_two_processes_equal_one(tmp_path):
    """Two CPU processes; dropout off, since each process would drop its own."""
    script, out = tmp_path / "two.py", tmp_path / "two.safetensors"
    script.write_text(_TWO.replace("import sys, torch", "import sys, torch\ntorch.nn.Dropout.forward = lambda s, x: x"))
    # `accelerate launch --cpu` starts one process without MPI; torch's own launcher starts as many as it is told.
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    subprocess.run([*launch, script, out], check=True, cwd=ROOT, timeout=120)
    from safetensors.torch import load_file

    two = torch.cat([tensor.flatten() for tensor in load_file(out).values()])
    forward = torch.nn.Dropout.forward
    torch.nn.Dropout.forward = lambda self, x: x
    try:
        one = train(recipe(), profile="smoke").network
    finally:
        torch.nn.Dropout.forward = forward
    assert torch.allclose(
        two, torch.cat([t.flatten() for t in dict(sorted(one.state_dict().items())).values()]), atol=1e-5
    )
