"""The card of a page shows what `make bench` measured."""

from docutils import nodes

from medfuse_course.publishing import measured_time
from tests.book.conftest import NAMES


def _document(docname, monkeypatch, seconds):
    monkeypatch.setattr(measured_time, "measured_seconds", lambda name: seconds if name == docname else None)
    card = nodes.admonition("", nodes.bullet_list("", nodes.list_item()), classes=["chapter-card"])
    document = nodes.container("", card, nodes.admonition("", nodes.bullet_list()))
    app = type("App", (), {"env": type("Env", (), {"docname": docname})})
    measured_time._add_line(app, document)
    return document.astext()


def test_the_card_says_the_measured_seconds(monkeypatch):
    text = _document("chapters/part/page", monkeypatch, 8.3)
    assert "Measured: the cells of this page ran in 8 s on one CPU thread." in text


def test_without_a_measurement_the_card_says_nothing(monkeypatch):
    assert "Measured" not in _document("chapters/part/page", monkeypatch, None)


def test_every_chapter_has_been_measured():
    missing = [name for name in NAMES if measured_time.measured_seconds(f"chapters/{name}") is None]
    assert missing == [], "run: make book, then make bench"
