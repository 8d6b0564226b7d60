"""``medfuse segmentation``."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def test_prints_means_and_goes_on_with_a_table_that_is_there(medfuse, tmp_path):
    table = tmp_path / "rows.csv"
    call = ("segmentation", "--strategies", "suv_2.5", "--seeds", "0", "--patients", "3", "--table", table)
    done = medfuse(*call)
    assert done.code == 0 and "| suv_2.5 | both | 1 | " in done.out and "suv_2.5, seed 0: done" in done.err
    first = table.read_text()
    assert [line.split(",")[:5] for line in first.splitlines()[1:]] == [
        ["suv_2.5", "0", "both", world, "3"] for world in ("lesions", "mimics")
    ]
    table.write_text(first.replace("lesions,3,0", "lesions,3,7"))  # a number that nobody would compute
    assert medfuse(*call).code == 0 and "lesions,3,7" in table.read_text()


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--strategies", "earli"], "did you mean 'early'"),
        (["--seeds", "x"], "expected whole numbers"),
        (["--table", "nowhere/rows.csv"], "make it first"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, extra, words):
    done = medfuse("segmentation", *extra)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
