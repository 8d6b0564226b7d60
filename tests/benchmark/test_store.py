"""What the results folder remembers, and what it must not."""

import math
from dataclasses import replace

import pytest

from medfuse_course.benchmark import MethodSpec, PairSpec
from medfuse_course.benchmark.jobs import Job, Outcome, Record, failed
from medfuse_course.benchmark.store import FILE, Store

JOB = Job(MethodSpec.of("average"), PairSpec.of("head/mri-ct"), ("en", "cc"), "course", "abc")


def record(job=JOB, **outcomes):
    return Record(job, 0.25, outcomes or {"en": Outcome(1 / 3), "cc": Outcome(0.5)})


def test_a_record_comes_back_as_it_was(tmp_path):
    given = record(en=Outcome(1 / 3), psnr=Outcome(math.inf), cc=Outcome(math.nan, "undefined", "flat"))
    Store(tmp_path).append([given])
    found = Store(tmp_path).read([JOB])[JOB.key]
    assert found.seconds == 0.25
    assert repr(found.outcomes) == repr(given.outcomes)


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, method=MethodSpec.of("maximum")),
        replace(JOB, method=MethodSpec.of("average", color="ihs")),
        replace(JOB, pair=PairSpec.of("head/mri-ct", seed=1)),
        replace(JOB, pair=PairSpec.of("head/mri-ct", slice=40)),
        replace(JOB, pair=PairSpec.of("head/mri-ct", lesions=1)),
        replace(JOB, pair=PairSpec.of("aanlib/mri-ct", slice=0, case=0)),
        replace(JOB, preset="cddfuse"),
        replace(JOB, library="abcd"),
    ],
)
def test_anything_that_may_change_a_value_is_another_key(tmp_path, other):
    store = Store(tmp_path)
    store.append([record()])
    assert store.read([other]) == {}
    assert list(store.read([JOB, other])) == [JOB.key]


def test_metrics_of_one_image_come_together(tmp_path):
    store = Store(tmp_path)
    store.append([record(en=Outcome(1.0))])
    store.append([record(replace(JOB, metrics=("cc",)), cc=Outcome(0.5))])
    assert store.read([JOB])[JOB.key].outcomes == {"en": Outcome(1.0), "cc": Outcome(0.5)}


def test_a_failure_is_not_remembered(tmp_path):
    store = Store(tmp_path)
    store.append([failed(JOB, "out of luck")])
    assert store.read([JOB]) == {}
    assert "out of luck" in store.path.read_text()


@pytest.mark.parametrize("torn", range(1, 200, 23))
def test_a_torn_line_costs_itself_and_nothing_else(tmp_path, torn):
    store = Store(tmp_path)
    store.append([record(), record(replace(JOB, library="other"))])
    content = store.path.read_bytes()
    store.path.write_bytes(content[:-torn])
    other = replace(JOB, library="third")
    store.append([record(other)])
    found = store.read([JOB, replace(JOB, library="other"), other])
    assert {JOB.key, other.key} <= set(found)
    assert len(found) == (3 if torn == 1 else 2)  # 1: only the line's end was lost


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "1", '{"key": 3}', f'{{"key": "{JOB.key}", "outcomes": 7}}'])
def test_foreign_lines_are_passed_over(tmp_path, line):
    store = Store(tmp_path)
    (tmp_path / FILE).write_text(line + "\n")
    store.append([record()])
    assert list(store.read([JOB])) == [JOB.key]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(NotADirectoryError, match="expected a folder for results"):
        Store(tmp_path / "out")


def test_a_full_disk_says_how_to_go_on(tiny_disk):
    store = Store(tiny_disk)
    words = r"results\.jsonl: could not be written \(No space left on device\).*goes on from"
    with pytest.raises(OSError, match=words):
        for _ in range(1000):
            store.append([record()] * 10)
    assert list(store.read([JOB])) == [JOB.key]
