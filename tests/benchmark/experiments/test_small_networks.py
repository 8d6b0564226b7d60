"""What the experiments on small networks share, and what each of them changes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.benchmark.experiments import distillation, light_backbones, pruning, small_fusers  # noqa: E402
from medfuse_course.networks import PlainFuser, apply_masks, count_parameters, smallest_masked  # noqa: E402


@pytest.fixture(autouse=True)
def _one_head(monkeypatch):
    monkeypatch.setattr(small_fusers, "TRIED", (20,))


def test_nobody_who_is_tried_teaches():
    tried = {small_fusers.tried_pair(n).a.tobytes() for n in (20, 21, 22)}
    learned = {small_fusers.school(n).a.tobytes() for n in range(12)}
    watched = {small_fusers.watched(n).a.tobytes() for n in range(6)}
    assert len(tried | learned | watched) == 3 + 12 + 6


def test_quality_of_the_maximum_is_what_it_scores_there():
    pair = small_fusers.tried_pair(20)
    found = small_fusers.quality(np.maximum)
    assert found == small_fusers.quality(lambda a, b: np.where(a > b, a, b))
    assert found.qabf > small_fusers.quality(lambda a, b: (a + b) / 2).qabf
    assert small_fusers.quality(lambda a, b: 3 * np.maximum(a, b)) == small_fusers.quality(
        lambda a, b: np.clip(3 * np.maximum(pair.a, pair.b), 0, 1)
    )


def test_the_narrow_network_has_as_many_numbers_as_the_separable_one():
    narrow, separable = (count_parameters(light_backbones.build(arm)) for arm in ("narrow", "separable"))
    assert abs(narrow / separable - 1) < 0.05


def test_zeros_leave_the_file_as_long_and_an_archive_shorter():
    network = PlainFuser((8, 8))
    before = pruning.sizes(network)
    apply_masks(network, smallest_masked(network, 0.8))
    after = pruning.sizes(network)
    assert before["zeros"] == 0 and after["zeros"] == round(0.8 * (2 * 8 * 9 + 8 * 8 * 9 + 8 * 9))
    assert after["file"] == before["file"] and after["zipped"] < before["zipped"] / 2


def test_what_is_masked_stays_zero_while_training_goes_on():
    tuned = pruning.pruned("weights_tuned", 0.8, 0, "smoke")
    masked = pruning.pruned("weights", 0.8, 0, "smoke")
    both = list(zip(tuned.parameters(), masked.parameters(), strict=True))
    assert all((x[y == 0] == 0).all() for x, y in both if x.ndim > 1)
    assert any((x != y).any() for x, y in both)


def test_a_network_born_small_has_the_size_of_the_pruned_one():
    small, cut = (pruning.pruned(arm, 0.8, 0, "smoke") for arm in ("born_small", "channels"))
    assert small.widths == cut.widths != pruning.dense(0, "smoke").widths


@pytest.mark.parametrize("of", ["output", "feature"])
def test_a_taught_student_hears_its_teacher_and_the_teacher_learns_nothing(of):
    teacher = distillation.teacher(0, "smoke")
    before = [x.clone() for x in teacher.parameters()]
    student = distillation.student(of, 0, "smoke")
    alone = distillation.student("alone", 0, "smoke")
    pairs = zip(student.parameters(), alone.parameters(), strict=True)
    assert any((x != y).any() for x, y in pairs)
    assert all(torch.equal(x, y) for x, y in zip(teacher.parameters(), before, strict=True))
    assert count_parameters(student) == 113
