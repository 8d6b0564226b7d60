"""The gallery shows a method of another task beside what goes in and what is true, and says how it is called."""

import pytest

pytest.importorskip("sphinx")

from docutils import nodes

from medfuse_course.methods import TASKS, list_methods
from medfuse_course.publishing.gallery import task_nodes
from medfuse_course.publishing.pictures import picture


@pytest.mark.parametrize("task", [task for task in TASKS.values() if task.slug != "fusion"], ids=str)
def test_a_task_shows_its_inputs_its_truth_and_its_methods(task):
    title, words, sources, cards = task_nodes(task)
    assert title.astext() == task.title
    assert task.inputs in words.astext()
    count = 2 if task.slug == "segmentation" else 1
    assert len(list(sources.findall(picture))) == count + 1
    assert sources.astext().split()[-1] == "truth"
    calls = [node.astext() for node in cards.findall(nodes.literal)]
    assert calls == [task.call(method.slug) for method in list_methods(task)]
    pictures = [*sources.findall(picture), *cards.findall(picture)]
    assert len({node["data"] for node in pictures}) == len(pictures)
