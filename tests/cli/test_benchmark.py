"""``medfuse benchmark``."""

import csv
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from medfuse_course.benchmark import run, run_benchmark, summarize
from medfuse_course.benchmark.specs import phantom_pairs
from medfuse_course.cli import benchmark
from medfuse_course.cli.command import build_parser
from medfuse_course.methods import list_methods

SMALL = ["benchmark", "--pairs", "head/mri-ct", "--metrics", "en", "cc", "--seeds", "0-1", "--methods", "average"]


def test_help_teaches(medfuse) -> None:
    done = medfuse("benchmark", "--help")
    assert (done.code, done.err) == (0, "")
    for word in (
        "examples:",
        "--baseline",
        "results.jsonl",
        "Exit codes:",
        "seeds",
        "subjects",
        "not for clinical use",
    ):
        assert word in done.out, word


def test_prints_the_tables_of_the_library(medfuse) -> None:
    done = medfuse(*SMALL, "--seeds", "0,2,4-5", "--quiet")
    pairs = phantom_pairs("head/mri-ct", seeds=[0, 2, 4, 5])
    expected = summarize(run_benchmark(["maximum", "average"], ["en", "cc"], pairs)).to_markdown()
    assert (done.code, done.err) == (0, "")
    assert _timeless(done.out) == _timeless(expected)


def _timeless(text: str) -> list[str]:
    """Without the last column, which is seconds; widths may then differ."""
    return [re.sub(r"[\s-]+", " ", re.sub(r"\|[^|]*\|$", "|", line)) for line in text.strip().splitlines()]


def test_the_baseline_comes_along_or_not(medfuse) -> None:
    assert "maximum (baseline)" in medfuse(*SMALL).out
    assert "maximum" not in medfuse(*SMALL, "--baseline", "none").out
    assert "pca (baseline)" in medfuse(*SMALL, "--baseline", "pca").out


def test_csv_is_tidy(medfuse) -> None:
    done = medfuse(*SMALL, "--format", "csv", "--slices", "30-31")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(r["method"], r["seed"], r["slice"], r["metric"]) for r in rows][:4] == [
        ("maximum", "0", "30", "en"), ("maximum", "0", "30", "cc"), ("average", "0", "30", "en"),
        ("average", "0", "30", "cc"),
    ]  # fmt: skip
    assert len(rows) == 2 * 2 * 2 * 2


def test_a_folder_keeps_the_work_and_gets_the_tables(medfuse, tmp_path, monkeypatch) -> None:
    out = tmp_path / "deep" / "results"
    first = medfuse(*SMALL, "--out", out, "--format", "html")
    assert first.code == 0
    assert first.err == f"medfuse: wrote table.csv, summary.md and report.html in {out}\n"
    ElementTree.fromstring(f"<body>{first.out}</body>")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'role="img" aria-label="Differences from maximum on head/mri-ct, over 2 seeds' in page
    assert 'src="plotly.min.js"' in page
    assert "http" not in re.sub(r"https://plot\.ly", "", page), "needs no network"
    assert (out / "plotly.min.js").stat().st_size > 1e6

    def nothing_new(batches, *_):
        assert not list(batches)

    monkeypatch.setattr(run.execution, "run_here", nothing_new)
    assert medfuse(*SMALL, "--out", out, "--format", "html").out == first.out


def test_a_table_to_ship(medfuse, tmp_path) -> None:
    path = tmp_path / "table.csv"
    assert medfuse(*SMALL, "--table", path, "--quiet").code == 0
    lines = path.read_text().splitlines()
    assert lines[0] == "method,pair,slice,seed,case,preset,en,cc"
    assert [line.split(",")[:4] for line in lines[1:3]] == [
        ["maximum", "head/mri-ct", "", "0"], ["average", "head/mri-ct", "", "0"],
    ]  # fmt: skip
    before = path.read_text()
    failed = medfuse(*SMALL[:-1], "average", "laplacian_pyramid:levels=16", "--table", path)
    assert (failed.code, path.read_text()) == (1, before)
    assert "a table holds complete results only" in failed.err


def test_a_family_names_its_methods() -> None:
    arguments = build_parser().parse_args(["benchmark", "--family", "classical"])
    methods, baseline = benchmark._methods(arguments)
    assert [spec.slug for spec in methods] == [m.slug for m in list_methods("fusion", "classical")]
    assert baseline == "maximum"


def test_real_pairs_are_those_of_val_unless_it_is_said() -> None:
    said = {(): "val", ("--split", "test"): "test"}
    for options, split in said.items():
        arguments = build_parser().parse_args(["benchmark", "--pairs", "aanlib/mri-ct", *options])
        assert {spec.label for spec in benchmark._pairs(arguments)} == {f"aanlib/mri-ct:split={split}"}


def test_real_pairs_say_of_how_many_subjects(medfuse, aanlib_folder) -> None:
    done = medfuse(*SMALL, "--pairs", "aanlib/mri-ct", "--split", "val", "--metrics", "en")
    assert done.code == 0
    assert "Means over 21 slices of 1 subject" in done.out


def test_what_failed_is_said(medfuse) -> None:
    some = medfuse(*SMALL[:-1], "laplacian_pyramid:levels=16")
    assert some.code == 0
    assert "warning: 4 of 8 values failed, the first by: laplacian_pyramid:levels=16: ValueError: levels" in some.err
    every = medfuse(*SMALL[:-1], "laplacian_pyramid:levels=16", "--baseline", "none")
    assert (every.code, every.out) == (1, "")
    assert every.err.startswith("medfuse: error: nothing succeeded; the first failure: ValueError: levels")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--methods", "avrage"], "did you mean 'average'"),
        (["--methods", "average:levels=2"], "average: unknown option 'levels'"),
        (["--metrics", "sim"], "did you mean 'ssim'"),
        (["--pairs", "head/mri-cd"], "did you mean 'head/mri-ct'"),
        (["--pairs", "head/mri-ct:lesion=2"], "did you mean 'lesions'"),
        (["--pairs", "aanlib/mri-ct:seed=2"], "aanlib/mri-ct has no option 'seed'; only split and case"),
        (["--pairs", "aanlib/mri-ct:case=2"], "expected val cases of aanlib/mri-ct"),
        (["--pairs", "aanlib/mri-ct", "--split", "tset"], "did you mean 'test'"),
        (["--preset", "curse"], "did you mean 'course'"),
        (["--baseline", "maxmum"], "did you mean 'maximum'"),
        (["--seeds", "4-1"], "expected whole numbers below 2^32 as 0-9 or 0,3,5, got '4-1'"),
        (["--table", "nowhere/table.csv"], "--table: the folder nowhere does not exist"),
        (["--family", "classical"], "--family: it names methods, and so does --methods"),
        (["--methods", "laplacian_pyramid:levels=many"], "levels: expected a whole number, got 'many'"),
        (["--scheduler", "local:none"], "scheduler: expected an address such as tcp://10.0.0.5:8786"),
        (["--scheduler", "local:2", "--workers", "2"], "give one of --scheduler and --workers"),
        (["--workers", "0"], "--workers: expected a whole number from 1 to 1024, got '0'"),
        (["--workers", "1000000000"], "--workers: expected a whole number from 1 to 1024, got '1000000000'"),
        (["--seeds", "0-999999999"], "--seeds: expected at most 10000 numbers, got 1000000000 in '0-999999999'"),
        (["--seeds", "0,99999999999"], "--seeds: expected whole numbers below 2^32"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, arguments: list[str], words: str) -> None:
    done = medfuse(*SMALL, *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err.splitlines()[-1]


def test_a_folder_that_cannot_be_is_1(medfuse, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    done = medfuse(*SMALL, "--out", tmp_path / "file")
    assert done.code == 1
    assert "expected a folder for results" in done.err


@pytest.mark.torch
def test_a_truth_value_is_no_text(medfuse) -> None:
    """`hard=false` once ran *hard*, because the text "false" is true."""
    small = [*SMALL[:-1], "nsct_cnn:hard=false", "--seeds", "0", "--format", "csv", "--baseline", "nsct_cnn"]
    rows = list(csv.DictReader(io.StringIO(medfuse(*small).out)))
    values = {method: [r["value"] for r in rows if r["method"] == method] for method in {r["method"] for r in rows}}
    assert values["nsct_cnn:hard=False"] == values["nsct_cnn"]
    wrong = medfuse(*SMALL[:-1], "nsct_cnn:hard=soft")
    assert wrong.code == 2
    assert "hard: expected true or false, got 'soft'" in wrong.err


def test_on_a_cluster_of_this_machine(medfuse) -> None:
    """In a process of its own: a cluster sets up logging and event loops for good."""
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    command = [sys.executable, "-m", "medfuse_course", *SMALL, "--quiet", "--format", "csv"]
    alone, cluster = (
        subprocess.run([*command, *more], capture_output=True, text=True, timeout=120)
        for more in ([], ["--scheduler", "local:2"])
    )
    assert (cluster.returncode, cluster.stderr) == (0, "")
    values = [
        [(r["method"], r["seed"], r["value"]) for r in csv.DictReader(io.StringIO(d.stdout))] for d in (alone, cluster)
    ]
    assert values[0] == values[1]
    assert len(values[1]) == 8


def test_nobody_at_the_address(medfuse) -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    command = [sys.executable, "-m", "medfuse_course", *SMALL, "--scheduler", "tcp://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert "127.0.0.1:9" in done.stderr.splitlines()[-1]
