"""The leaderboard says what the summary says: means, verdicts, intervals, in the order of the course."""

import dataclasses
import json
import re

import pytest

pytest.importorskip("sphinx")

from docutils import nodes

from medfuse_course.benchmark import Results, read_table, summarize
from medfuse_course.core.files import data_path
from medfuse_course.methods import list_methods
from medfuse_course.metrics.catalogue import METRICS
from medfuse_course.publishing.leaderboard import pair_nodes, pair_numbers
from tests.benchmark.helpers import over_seeds, row
from tests.house import ROOT

BASE = [0.50, 0.52, 0.48, 0.51, 0.49, 0.50]
RESULTS = Results(
    (
        *over_seeds("ssim", dwt=[x - 0.1 for x in BASE], maximum=BASE, average=[x + 0.2 for x in BASE]).rows,
        *over_seeds("en", dwt=[3.0] * 6, maximum=[4.0] * 6, average=[5.0] * 6).rows,
    )
)


@pytest.fixture(scope="module")
def parts() -> list[nodes.Node]:
    return list(pair_nodes(summarize(RESULTS), "head/mri-ct", ["ssim", "en"]))


def _cells(parts: list[nodes.Node]) -> list[list[str]]:
    rows = next(part for part in parts if isinstance(part, nodes.table)).findall(nodes.row)
    return [[entry.astext() for entry in row.findall(nodes.entry)] for row in rows]


def test_it_names_the_images_and_how_many(parts):
    assert parts[0].astext().startswith("Head phantom: MRI and CT") and "6 seeds" in parts[0].astext()


def test_methods_stand_in_the_order_of_the_course_with_their_titles(parts):
    assert [row[0] for row in _cells(parts)] == ["method", "Average", "Maximum (baseline)", "Discrete wavelet"]


def test_a_cell_holds_mean_verdict_and_interval(parts):
    _, average, maximum, dwt = (row[1] for row in _cells(parts))
    assert average == "0.700 ▲+.200 to +.200"
    assert maximum == "0.500"
    assert dwt == "0.400 ▼-.100 to -.100"


def test_the_best_is_bold_and_what_has_no_direction_is_not_judged(parts):
    assert [node.astext() for node in parts[1].findall(nodes.strong)] == ["0.700"]
    assert [row[2][:4] for row in _cells(parts)[1:]] == ["5.00", "4.00", "3.00"]
    assert not any(sign in row[2] for row in _cells(parts) for sign in "▲▼")


def test_slices_of_one_head_get_no_arrow_and_it_is_said():
    rows = [
        row(method, value + 0.01 * (k % 3), pair="aanlib/mri-pet", case=41, slice=k)
        for method, value in (("maximum", 0.5), ("average", 0.8))
        for k in range(60)
    ]
    title, table, *notes, _ = pair_nodes(summarize(Results(tuple(rows))), "aanlib/mri-pet", ["ssim"])
    assert "one head" in title.astext() and "60 slices of 1 subject" in title.astext()
    assert not any(sign in table.astext() for sign in "▲▼")
    assert "No verdict" in notes[0].astext() and "one head in 3 planes" in notes[-1].astext()


def test_the_page_shows_every_network_on_phantoms_and_on_patients():
    page = (ROOT / "chapters/atlas/leaderboard.md").read_text(encoding="utf8")
    shown = re.findall(r"```\{leaderboard\} (.+)\n", page)
    networks = {m.title for m in list_methods(task="fusion") if m.network}
    assert {"FusionGAN", "DDcGAN"} <= networks
    for files in {*shown}:
        rows = [r for name in files.split() for r in read_table(data_path(*name.split("/"))).rows if r.metric == "qabf"]
        summary = summarize(Results(tuple(rows)))
        for pair in summary.pairs:
            titles = {cells[0] for cells in _cells(list(pair_nodes(summary, pair, ["qabf"])))}
            assert networks <= titles, f"{files}: {pair}"


def test_the_scripts_numbers_are_those_of_the_table():
    summary = summarize(RESULTS)
    found = pair_numbers(summary, "head/mri-ct", [METRICS["ssim"]])
    by_title = {row["title"]: row for row in found["rows"]}
    assert [row["title"] for row in found["rows"]] == ["Average", "Maximum", "Discrete wavelet"]
    assert by_title["Maximum"]["baseline"] and by_title["Maximum"]["values"]["ssim"] == [0.5]
    assert by_title["Average"]["values"]["ssim"] == pytest.approx([0.7, 0.7, 0.7])  # 0.2 more on each phantom
    assert by_title["Discrete wavelet"]["family"] == "Classical methods"


def test_the_numbers_stand_behind_the_table_and_end_no_script(parts):
    raw = parts[-1].astext()
    assert raw.startswith('<script type="application/json" class="leaderboard-data">')
    assert raw.count("<") == 2 and json.loads(re.sub("<[^>]+>", "", raw))["rows"]


def test_other_peoples_networks_have_a_family_and_say_what_was_scored():
    rows = over_seeds("ssim", **{"peer/matr": BASE, "peer/mmif_inet": BASE, "maximum": BASE}).rows
    found = pair_numbers(summarize(Results(rows)), "head/mri-ct", [METRICS["ssim"]])["rows"][1:]
    assert {row["family"] for row in found} == {"Other people's networks"}
    said = {row["title"]: row["evidence"] for row in found}
    assert said == {
        "MMIF-INet, authors' pictures (JPEG)": "Their authors' pictures",
        "MATR, authors' weights": "Their authors' weights",
    }


def _some_slices(**counts):
    """Rows of SSIM on so many slices with CT, the first of them; peers by the end of their names."""
    slugs = {name: name if name in ("maximum", "matr") else f"peer/{name}" for name in counts}
    return [
        row(slugs[name], 0.5, pair="aanlib/mri-ct", case=37, slice=k)
        for name, count in counts.items()
        for k in range(count)
    ]


def test_it_says_of_how_many_slices_a_mean_is_and_leaves_out_whoever_has_none():
    rows = [
        *_some_slices(maximum=8, dmfnet=2, matr=8),
        *over_seeds("ssim", **{"peer/ddcgan": BASE, "maximum": BASE}).rows,
    ]
    summary = summarize(Results(tuple(rows)))
    titles = [cells[0] for cells in _cells(list(pair_nodes(summary, "aanlib/mri-ct", ["ssim"])))]
    assert titles == ["method", "Maximum (baseline)", "MATR", "DM-FNet, authors' pictures (JPEG), 2 of 8 slices"]
    found = pair_numbers(summary, "aanlib/mri-ct", [METRICS["ssim"]])["rows"]
    assert [one["title"] for one in found] == ["Maximum", "MATR", titles[-1]]


def test_the_authors_stand_behind_ours_of_the_same_paper_and_the_others_last():
    summary = summarize(Results(tuple(_some_slices(gesenet=8, ifcnn=8, matr=8, maximum=8))))
    rows = summary.comparisons
    ours = [*rows, *(dataclasses.replace(c, method="ifcnn") for c in rows if c.method == "maximum")]
    summary = dataclasses.replace(summary, comparisons=tuple(ours))
    titles = [cells[0].partition(",")[0] for cells in _cells(list(pair_nodes(summary, "aanlib/mri-ct", ["ssim"])))]
    assert titles[1:] == ["Maximum (baseline)", "IFCNN", "IFCNN", "MATR", "GeSeNet"]


def test_the_page_shows_other_peoples_networks_on_patients_with_the_lift():
    page = (ROOT / "chapters/atlas/leaderboard.md").read_text(encoding="utf8")
    (files, shown) = re.search(r"```\{leaderboard\} (.+peers.+)\n:metrics: (.+)\n", page).groups()
    assert shown.split()[-1] == "background_lift"
    rows = [r for name in files.split() for r in read_table(data_path(*name.split("/"))).rows]
    summary = summarize(Results(tuple(r for r in rows if r.metric == "background_lift")))
    for pair in summary.pairs:
        cells = _cells(list(pair_nodes(summary, pair, ["background_lift"])))
        assert cells[0][-1].startswith("Lift")
        gesenet = next(row for row in cells if row[0].startswith("GeSeNet"))
        assert float(gesenet[-1].split("+")[0]) > 0.005  # more than a gray level of 255
