"""The loop on a tiny network: it learns, repeats, goes on after a kill, and says what is wrong."""

import subprocess
import sys
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.networks.tensor_files import CheckpointError  # noqa: E402
from medfuse_course.training import Budget, Phase, train  # noqa: E402
from tests.house import ROOT  # noqa: E402
from tests.training.tiny import HERE, recipe  # noqa: E402


def weights(trained):
    return torch.cat([tensor.flatten() for tensor in trained.network.state_dict().values()])


def test_it_learns():
    one_phase = recipe(
        phases=(Phase("max", f"{HERE}:to_max", 1, 1e-2),), budgets={"smoke": Budget(300, patch=12, check_every=10)}
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
    duel = recipe(phases=(Phase("duel", f"{HERE}:players", 1, 1e-2),), average=0.0)
    trained = train(duel, profile="smoke", callbacks=[told.append])
    assert list(told[0].losses) == ["low", "high"]
    torch.manual_seed(0)
    fresh = duel.build()
    for layer in ("mix.0.weight", "mix.3.weight"):
        assert not torch.equal(trained.network.state_dict()[layer], fresh.state_dict()[layer])


def test_the_best_weights_are_kept_and_patience_ends_a_phase():
    far = recipe(phases=(Phase("max", f"{HERE}:to_max", 1, 10.0),), patience=2, average=0.0, clip=1e9)
    far = replace(far, budgets={"smoke": Budget(steps=200, batch=4, patch=12, check_every=2)})
    trained = train(far, profile="smoke")
    values = [record.validation["max"] for record in trained.history]
    assert len(values) < 100
    assert min(values) not in values[-2:]
    batch = far.data.validation(far.budget("smoke"))
    fused = trained.network(batch["a"], batch["b"])
    assert (fused - torch.maximum(batch["a"], batch["b"])).pow(2).mean().item() == pytest.approx(min(values), rel=1e-4)


def test_what_becomes_infinite_is_said():
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train(recipe(phases=(Phase("x", f"{HERE}:diverge"),)), profile="smoke")


def test_the_state_of_another_recipe_or_a_damaged_one_is_refused_and_stays(tmp_path):
    train(recipe(), profile="smoke", folder=tmp_path)
    (file,) = tmp_path.iterdir()
    with pytest.raises(CheckpointError, match="another recipe"):
        train(recipe(clip=2.0), profile="smoke", folder=tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="not a whole file"):
        train(recipe(), profile="smoke", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_an_unknown_profile_is_answered():
    with pytest.raises(ValueError, match="has a budget for smoke, lesson"):
        train(recipe(), profile="full")


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
if accelerate.PartialState().is_main_process:
    save_file(net.state_dict(), sys.argv[1])
"""


def test_two_processes_equal_one(tmp_path):
    """``accelerate launch`` with two CPU processes; dropout off, since each process would drop its own."""
    script, out = tmp_path / "two.py", tmp_path / "two.safetensors"
    script.write_text(_TWO.replace("import sys, torch", "import sys, torch\ntorch.nn.Dropout.forward = lambda s, x: x"))
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    ]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--num_cpu_threads_per_process", "1"]
    launch += ["--main_process_port", "0"]
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
