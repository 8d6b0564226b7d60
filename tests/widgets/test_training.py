"""Curves that are drawn while a network learns."""

from types import SimpleNamespace

import pytest

from medfuse_course.widgets.training import LiveCurves

display = pytest.importorskip("IPython.display")


def drawings(monkeypatch, steps=5):
    """How often the figure is shown or updated over a run, where every step is due."""
    drawn = []
    handle = SimpleNamespace(update=drawn.append)
    monkeypatch.setattr(display, "display", lambda figure, display_id: drawn.append(figure) or handle)
    curves = LiveCurves(alt="A loss that falls.", every=0)
    for number in range(1, steps + 1):
        curves(SimpleNamespace(number=number, total=steps, losses={"max": 1 / number}, validation=None))
    return drawn


def test_in_a_notebook_it_is_redrawn(monkeypatch):
    monkeypatch.delenv("MEDFUSE_STATIC", raising=False)
    assert len(drawings(monkeypatch)) == 5


def test_a_static_page_gets_the_last_drawing_only(monkeypatch):
    monkeypatch.setenv("MEDFUSE_STATIC", "1")
    (figure,) = drawings(monkeypatch)
    assert len(figure.data[0].x) == 5 or figure.data[0].x[-1] == 5
