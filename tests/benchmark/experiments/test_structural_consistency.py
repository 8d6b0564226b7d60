"""Structural consistency, the balance of players, and sentences held against tables."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from medfuse_course.benchmark import run_experiment, shipped_rows
from medfuse_course.benchmark.experiments import structural_consistency as sc
from medfuse_course.benchmark.experiments import verdicts
from medfuse_course.benchmark.experiments.verdicts import Evidence, verdict_of, verdict_of_all, weigh
from medfuse_course.color import luma
from medfuse_course.datasets import aanlib
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate
from medfuse_course.metrics.edge_rates import find_edges

IMBALANCE = Evidence(
    "shares evenly", "modes", "imbalance", "wgan", "non_saturating", where={"data": "grid"}
)  # fmt: skip


def test_the_rates_of_the_maximum_are_the_metrics_and_a_source_copies_nothing_of_the_other():
    pair = sc.tried_pair("head/mri-pet", 20)
    fused = np.maximum(pair.a, pair.b)
    rates = sc.edges_of(fused, pair)
    assert rates["hallucinated"] == evaluate(fused, pair.a, pair.b, "hallucinated_edges")["hallucinated_edges"]
    strong, _ = find_edges(255 * fused.astype(np.float64))
    made_up = sc.made_up_edges(fused, pair.a, pair.b)
    assert made_up.sum() / strong.sum() == pytest.approx(rates["hallucinated"]) and not (made_up & ~strong).any()
    assert sc.edges_of(pair.a, pair)["copied"] == 0 < sc.edges_of(pair.b, pair)["copied"] < 0.5


@pytest.mark.torch
def test_on_a_real_head_formula_and_network_make_edges_up_too(aanlib_folder):
    """What the chapter says of real images: three slices of the one head that has a PET."""
    pytest.importorskip("torch")
    numbers = aanlib.cases("aanlib/mri-pet", "test")
    case = next(iter(numbers))
    for number in numbers[case][:: max(1, len(numbers[case]) // 3)][:3]:
        pair = aanlib.load("aanlib/mri-pet", case=case, slice=number, split="test")
        a, b = (image if image.ndim == 2 else luma(image) for image in (pair.a, pair.b))
        made_up = [
            evaluate(way(a, b), a, b, "hallucinated_edges")["hallucinated_edges"]
            for way in (sc.FORMULAS["maximum"], sc.FORMULAS["formula"], partial(fuse, method="fusiongan"))
        ]
        assert min(made_up[1:]) > 2 * made_up[0], (number, made_up)


def test_the_shipped_rows_of_the_maximum_do_not_depend_on_a_training():
    rows = [row for row in shipped_rows("structural_consistency") if row.arm == "maximum"]
    assert len(rows) == len(sc.SOURCES) * len(sc.PATIENTS) and {(row.apart, row.seed) for row in rows} == {(0, 0)}
    assert all(0 < row.pet_swap < 0.6 and np.isnan(row.blur_gap) for row in rows)


@pytest.mark.torch
def test_the_small_game_is_fusiongans_with_one_more_wish():
    torch = pytest.importorskip("torch")
    from medfuse_course.benchmark.experiments.structural_consistency.games import StructuredGame, small_players
    from medfuse_course.methods.gan import fusiongan

    torch.manual_seed(0)
    players = small_players()
    assert sum(weight.numel() for weight in players.generator.parameters()) == 8_985
    players.requires_grad_(False)
    a, b = torch.rand(2, 1, 2, 1, 68, 68)[:, 0]
    whole = players.generator(a, b)
    inside = players.generator.inside(a, b).clamp(0, 1)
    assert torch.allclose(whole[..., 6:-6, 6:-6], inside, atol=1e-6)
    batch, fused = {"a": a, "b": b}, inside
    published = fusiongan.FusionGame(players, air=fusiongan.AIR).content(fused, batch)
    terms = StructuredGame(players, 10.0, "ncc").content(fused, batch)
    assert {name: float(terms[name]) for name in published} == {name: float(x) for name, x in published.items()}
    same = StructuredGame(players, 10.0, "ncc").content(batch["a"][..., 6:-6, 6:-6], batch)
    assert float(same["structure"]) == pytest.approx(0, abs=1e-3) and float(terms["structure"]) > 0.1
    assert StructuredGame(players, judged=False).persuade(fused, batch) == {}


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore")
def test_both_run_and_run_again():
    pytest.importorskip("torch")
    first, again = (list(run_experiment("balance", ["five_to_one"], [0], "smoke")) for _ in range(2))
    assert first == again and len(first) == 1 and 0 <= first[0].balance <= 1


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ([1, 2, 3, 2, 1], "supported"),
        ([-1, -2, -3, -2, -1], "refuted"),
        ([-1, 2, -3, 2, 1], "undecided"),
        ([1, 2, 3, 2], "cannot be asked"),
        ([1, 2, np.nan, 2, 1], "cannot be asked"),
    ],
)
def test_a_verdict_follows_from_an_interval(gains, said):
    assert verdict_of(gains) == said


def test_a_sentence_is_supported_only_if_every_part_is():
    assert verdict_of_all(["supported", "cannot be asked"]) == "supported"
    assert verdict_of_all(["supported", "refuted"]) == verdict_of_all(["supported", "undecided"]) == "undecided"
    assert verdict_of_all(["refuted", "refuted"]) == "refuted"
    assert verdict_of_all([]) == verdict_of_all(["cannot be asked"]) == "cannot be asked"


def test_evidence_is_read_from_the_shipped_table_in_both_directions():
    rows = [row for row in shipped_rows("modes") if row.data == "grid"]
    mine, theirs = ([row.imbalance for row in rows if row.game == game] for game in ("wgan", "non_saturating"))
    weighed = weigh(IMBALANCE)
    assert weighed.gain == pytest.approx(np.mean(theirs) - np.mean(mine)) and weighed.low < weighed.gain < weighed.high
    assert weigh(replace(IMBALANCE, higher=True)).gain == -weighed.gain
    spread = weigh(replace(IMBALANCE, spread=True))
    assert spread.gain == pytest.approx(
        np.mean(np.abs(theirs - np.median(theirs))) - np.mean(np.abs(mine - np.median(mine)))
    )


def test_what_is_not_there_cannot_be_asked(monkeypatch, tmp_path):
    assert weigh(Evidence("anything")).reason == "no experiment asks it"
    assert weigh(replace(IMBALANCE, experiment="chess")).reason == "chess has no table yet"
    assert weigh(replace(IMBALANCE, better="chess")).reason == "modes has no rows of chess yet"
    monkeypatch.setattr(verdicts, "data_path", lambda *parts: tmp_path.joinpath(*parts).resolve(strict=True))
    assert weigh(IMBALANCE).reason == "modes has no table yet"
