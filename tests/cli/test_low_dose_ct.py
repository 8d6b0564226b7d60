"""``medfuse low-dose-ct``."""

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.benchmark import CtRow, low_dose_ct  # noqa: E402


def test_prints_the_table_and_writes_it(medfuse, tmp_path, monkeypatch):
    def trained(networks, seeds, *, patients):
        cts = ("none", "right")
        return (
            CtRow(n, s, ct, "cold", 0.05, p, *6 * [2.0])
            for n in networks
            for s in seeds
            for ct in cts
            for p in patients
        )

    monkeypatch.setattr(low_dose_ct, "ct_rows", trained)
    table = tmp_path / "ct.csv"
    done = medfuse("low-dose-ct", "--networks", "lowdose_l1", "--seeds", "3", "--patients", "0-1", "--table", table)
    assert done.code == 0 and done.out == table.read_text()
    assert done.err.splitlines()[0] == "medfuse: lowdose_l1, seed 3, CT none, cold lesions at 0.05, patient 0: 2.0 dB"
    assert done.out.splitlines()[0] == "network,seed,ct,lesions,dose,patient,psnr,ssim,suv_bias,contrast,erased,made_up"
    assert [line.split(",")[2:6:3] for line in done.out.splitlines()[1:]] == [
        ["none", "0"], ["none", "1"], ["right", "0"], ["right", "1"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--networks", "lowdose_l2"], "did you mean 'lowdose_l1'"),
        (["--seeds", "x"], "expected whole numbers"),
        (["--table", "nowhere/ct.csv"], "make it first"),
    ],
)
def test_a_wrong_command_line_is_2(medfuse, extra, words):
    done = medfuse("low-dose-ct", *extra)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
