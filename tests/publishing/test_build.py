"""Old results are forgotten when, and only when, something behind them changed."""

import pytest

from medfuse_course.publishing.build import environment, fingerprint, forget_old_results


@pytest.fixture
def root(tmp_path):
    for name in ("medfuse_course/a.py", "data/x.json", "requirements.lock", "chapters/index.md", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("medfuse_course/a.py", True),
        ("medfuse_course/new/b.py", True),
        ("data/x.json", True),
        ("requirements.lock", True),
        ("medfuse_course/__pycache__/a.pyc", False),
        ("chapters/index.md", False),
        ("README.md", False),
    ],
)
def test_the_fingerprint_sees_what_pages_depend_on(root, name, counts):
    before = fingerprint(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("changed")
    assert (fingerprint(root) != before) is counts


def test_a_renamed_module_counts(root):
    before = fingerprint(root)
    (root / "medfuse_course/a.py").rename(root / "medfuse_course/z.py")
    assert fingerprint(root) != before


def test_results_stay_while_nothing_changed_and_go_once_it_did(root):
    out = root / "_build"
    assert forget_old_results(root, out)
    cached = out / ".jupyter_cache" / "page"
    cached.parent.mkdir()
    cached.write_text("old")
    assert not forget_old_results(root, out) and cached.is_file()
    (root / "medfuse_course/a.py").write_text("changed")
    assert forget_old_results(root, out) and not cached.exists()


def test_a_book_never_finds_other_peoples_pictures(monkeypatch):
    """They have no license; a machine that has them must not put them into a site."""
    monkeypatch.setenv("MEDFUSE_PUBLISHED", "/somewhere")
    assert environment()["MEDFUSE_PUBLISHED"] == ""
