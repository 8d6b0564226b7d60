"""The trainer in the page computes what the library computes: fixed weights, fixed batches, the same numbers after."""

import numpy as np
import pytest

from medfuse_course.metrics.modes import mode_coverage
from medfuse_course.publishing.assets import STATIC

torch = pytest.importorskip("torch")

from medfuse_course.networks.players import point_players  # noqa: E402
from medfuse_course.training.data.points import gaussian_grid, gaussian_ring  # noqa: E402
from medfuse_course.training.playground import GAMES  # noqa: E402

pytestmark = pytest.mark.torch

WIDTH, LAYERS, BATCH, STEPS, TURNS = 15, 3, 13, 6, 2
"""Nothing divides by the four rows and two columns that gan.js takes at a time."""
CLOSE = {"rtol": 1e-5, "atol": 1e-9}

PLAY = """({objective, width, layers, batch, turns, weights, batches}) => {
  const game = new medfuseGan.Game({objective, turns, batch, width, layers});
  const networks = [game.generator, game.discriminator];
  networks.forEach((network, n) => network.weights.set(weights[n]));
  const turnsPlayed = batches.map(({real, noise, share}) => ({
    losses: game.step(...[real, noise, share].map(values => Float64Array.from(values))),
    gradients: game.players.map(player => [...player.gradient]),
    weights: networks.map(network => [...network.weights]),
  }));
  const samples = game.making.outputs.at(-1);
  const pull = game.pull(game.fooling, game.fooling.forward(samples));
  return {turns: turnsPlayed, samples: [...samples], pull: [...pull]};
}"""


@pytest.fixture(scope="module")
def blank(browser):
    """An empty page with the mathematics alone."""
    page = browser.new_page()
    for name in ("gan.js", "gan_data.js"):
        page.add_script_tag(path=STATIC / name)
    yield page
    page.close()


def flat(tensors) -> list[float]:
    """All numbers of some tensors, in order."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors]).tolist()


@pytest.fixture
def players():
    """In double precision: what is compared is the mathematics, and not the rounding."""
    torch.manual_seed(5)
    return point_players(2, WIDTH, LAYERS).double()


@pytest.fixture
def batches():
    """Points, noise, and the shares that the penalty will draw after `seeded` by the number of the batch."""
    rng = np.random.default_rng(3)
    made = []
    for number in range(STEPS):
        torch.manual_seed(number)
        share = torch.rand(BATCH, 1, dtype=torch.float64)
        real, noise = torch.from_numpy(rng.standard_normal((2, BATCH, 2)))
        made.append({"real": real, "noise": noise, "share": share})
    return made


def played_by_the_library(players, objective, batches):
    """Losses, gradients and weights after each step, as the training loop makes them."""
    step = GAMES[objective].step(players, turns=TURNS)
    optimizers = [update.make_optimizer(GAMES[objective].learning_rate) for update in step.updates]
    networks = (players.generator, players.discriminator)
    gradients = [[0.0] * len(flat(network.parameters())) for network in networks]
    for number, batch in enumerate(batches):
        losses = {}
        for update, optimizer in zip(step.updates, optimizers, strict=True):
            if (number + 1) % update.every:
                continue
            torch.manual_seed(number)
            optimizer.zero_grad()
            terms = update.losses(batch)
            sum(terms.values()).backward()
            gradients[update.name == "discriminator"] = flat(weight.grad for weight in update.parameters)
            optimizer.step()
            with torch.no_grad():
                _ = update.after and update.after()
            losses |= {name: term.item() for name, term in terms.items()}
        yield {"losses": losses, "gradients": list(gradients), "weights": [flat(n.parameters()) for n in networks]}


def asked(objective, players, batches, **settings):
    """What `PLAY` takes."""
    return {
        "objective": objective,
        "width": WIDTH,
        "layers": LAYERS,
        "batch": BATCH,
        "turns": TURNS,
        "weights": [flat(network.parameters()) for network in (players.generator, players.discriminator)],
        "batches": [{name: values.flatten().tolist() for name, values in batch.items()} for batch in batches],
        **settings,
    }


@pytest.mark.parametrize("objective", GAMES)
def test_losses_gradients_and_weights_are_those_of_the_library(blank, players, batches, objective):
    shown = blank.evaluate(PLAY, asked(objective, players, batches))
    wanted = list(played_by_the_library(players, objective, batches))
    assert len(wanted) == len(shown["turns"]) == STEPS
    for got, right in zip(shown["turns"], wanted, strict=True):
        assert got["losses"].keys() == right["losses"].keys()
        np.testing.assert_allclose(list(got["losses"].values()), [right["losses"][k] for k in got["losses"]], **CLOSE)
        for kind in ("gradients", "weights"):
            for mine, its in zip(got[kind], right[kind], strict=True):
                np.testing.assert_allclose(mine, its, **CLOSE)


@pytest.mark.parametrize("objective", GAMES)
def test_the_arrows_are_the_derivatives_by_the_samples(blank, players, batches, objective):
    shown = blank.evaluate(PLAY, asked(objective, players, batches[:1]))
    list(played_by_the_library(players, objective, batches[:1]))
    samples = torch.tensor(shown["samples"], dtype=torch.float64).reshape(-1, 2).requires_grad_()
    GAMES[objective].step(players).objective.generator(players.discriminator(samples)).backward()
    np.testing.assert_allclose(shown["pull"], samples.grad.flatten(), **CLOSE)


def test_every_game_is_played_as_in_the_library(blank, players):
    settings = blank.evaluate(
        "Object.entries(medfuseGan.OBJECTIVES).map(([name, o]) => [name, {...o, optimizer: o.Optimizer.name}])"
    )
    assert dict(settings).keys() == GAMES.keys()
    for name, chosen in settings:
        step = GAMES[name].step(players)
        discriminator, generator = step.updates
        optimizer = generator.make_optimizer(GAMES[name].learning_rate)
        assert (chosen["optimizer"], chosen["rate"]) == (type(optimizer).__name__, optimizer.param_groups[0]["lr"])
        assert (chosen["turns"], chosen.get("penalty", 0.0)) == (generator.every, step.penalty)
        clip = discriminator.after and discriminator.after.args[0]
        assert chosen.get("clip") == clip


def test_weights_begin_within_the_bounds_of_pytorch(blank):
    layers = blank.evaluate("""() => {
      const network = new medfuseGan.Perceptron(2, 1, 40, 3);
      network.begin(new medfuseGanData.Random(1));
      return network.layers.map(({inputs, weight, bias}) => [inputs, [...weight, ...bias]]);
    }""")
    for inputs, numbers in layers:
        assert np.abs(numbers).max() <= inputs**-0.5
        if len(numbers) > 1000:
            assert np.std(numbers) == pytest.approx((3 * inputs) ** -0.5, rel=0.05)


def test_modes_and_balance_are_counted_as_in_the_library(blank, players):
    data, rng = gaussian_grid(spacing=2**-0.5, sigma=0.05), np.random.default_rng(2)
    samples = rng.uniform(-1.5, 1.5, (70, 2))
    samples[:20] = 0.06 * rng.standard_normal((20, 2)) + data.centers[3]
    real, fake = rng.integers(-5, 6, 40) / 2.0, rng.integers(-6, 5, 30) / 2.0
    got = blank.evaluate(
        "([samples, real, fake]) => [medfuseGanData.modeCoverage(samples, medfuseGanData.grid()),"
        " medfuseGanData.balance(real, fake)]",
        [samples.flatten().tolist(), real.tolist(), fake.tolist()],
    )
    right = mode_coverage(samples, data.centers, data.sigma)
    assert 0 < right.good < 1 and 0 < right.found < 25 and right.imbalance > 0.01
    assert got[0] == pytest.approx(vars(right))
    higher = real[:, None] - fake
    assert got[1] == pytest.approx((higher > 0).mean() + (higher == 0).mean() / 2)


@pytest.mark.parametrize(
    ("name", "data"), [("grid", gaussian_grid(spacing=2**-0.5)), ("ring", gaussian_ring(radius=2**0.5))]
)
def test_points_lie_around_the_library_s_centers(blank, name, data):
    centers, sigma, drawn = blank.evaluate(
        """name => {
          const data = medfuseGanData[name](), random = new medfuseGanData.Random(4);
          return [data.centers, data.sigma, [...medfuseGanData.points(data, 4000, random)]];
        }""",
        name,
    )
    np.testing.assert_allclose(centers, data.centers, atol=1e-12)
    coverage = mode_coverage(np.reshape(drawn, (-1, 2)), centers, sigma)
    assert coverage.found == len(centers) and coverage.good == pytest.approx(0.989, abs=0.006)
    assert coverage.imbalance < 0.01


def test_a_seed_repeats_and_another_differs(blank):
    runs = blank.evaluate("""() => [7, 7, 8].map(seed => {
      const random = new medfuseGanData.Random(seed);
      return [...random.normals(2000)];
    })""")
    assert runs[0] == runs[1] != runs[2]
    assert np.mean(runs[0]) == pytest.approx(0, abs=0.08) and np.std(runs[0]) == pytest.approx(1, abs=0.06)
