"""The exploration with ipywidgets: its logic without a browser, and once with a real kernel in a real browser."""

import gc
import io
import os
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from medfuse_course.plots import show_images
from medfuse_course.widgets import Explorer, drive, explore
from tests.kernels import run_notebook

ALT = "A gray square whose brightness follows the slider"
ROOT = Path(__file__).parents[2]

# ipywidgets 7, which Colab has, meets newer kernels with this one.
pytestmark = pytest.mark.filterwarnings("ignore:The `ipykernel.comm.Comm` class:DeprecationWarning")


@pytest.fixture(autouse=True)
def live(monkeypatch):
    monkeypatch.delenv("MEDFUSE_STATIC", raising=False)


def flat(value):
    return np.full((24, 24), value, np.float32)


def gray_of(png):
    picture = np.asarray(PillowImage.open(io.BytesIO(png)).convert("RGB"))
    return picture[picture.shape[0] * 3 // 4, picture.shape[1] // 2, 0] / 255


def test_slider_changes_the_picture():
    explorer = explore(lambda level=0.5: flat(level), alt=ALT, level=(0.0, 1.0))
    assert isinstance(explorer, Explorer)
    assert gray_of(explorer.picture) == pytest.approx(0.5, abs=0.01)
    explorer.controls["level"].value = 0.8
    assert explorer.values == {"level": 0.8}
    assert gray_of(explorer.picture) == pytest.approx(0.8, abs=0.01)
    assert np.allclose(explorer.result, 0.8)


def test_menus_and_whole_numbers():
    def fn(ink, count=2, invert=True):
        return {ink: flat(count / 4), str(invert): flat(float(invert))}

    explorer = explore(fn, alt=ALT, ink={"dark one": "dark", "light one": "light"}, count=(1, 4), invert=True)
    assert explorer.values == {"ink": "dark", "count": 2, "invert": True}
    explorer.controls["ink"].value = "light"
    explorer.controls["invert"].value = False
    explorer.controls["count"].value = 4
    assert list(explorer.result) == ["light", "False"]
    assert float(explorer.result["light"][0, 0]) == 1.0


def test_arrays_are_choices():
    dark, light = flat(0.1), flat(0.9)
    explorer = explore(lambda x: x, alt=ALT, x={"dark": dark, "light": light, "both": (dark, light)[1]})
    assert explorer.result is dark
    explorer.controls["x"].value = light
    assert explorer.error is None
    assert explorer.result is light
    assert drive(explorer) == 5


def test_picture_has_its_alt_text():
    explorer = explore(lambda n: flat(0.5), alt='A "quoted" <square> of gray', n=(1, 2))
    page = explorer.widget.children[-2].value
    assert 'alt="A &quot;quoted&quot; &lt;square&gt; of gray"' in page
    assert "data:image/png;base64," in page


def test_exception_is_shown_in_place_and_the_last_picture_stays():
    def fn(n=1):
        if n == 2:
            raise ValueError("no <two>")
        return flat(0.5)

    explorer = explore(fn, alt=ALT, n=(1, 3))
    before = explorer.picture
    explorer.controls["n"].value = 2
    message = explorer.widget.children[-3]
    assert isinstance(explorer.error, ValueError)
    assert "ValueError: no &lt;two&gt;" in message.value
    assert explorer.picture == before
    explorer.controls["n"].value = 3
    assert explorer.error is None
    assert message.value == ""


def test_starter_is_no_error_for_the_reader():
    def fn(n):
        raise NotImplementedError("your code here")

    explorer = explore(fn, alt=ALT, n=(1, 3))
    assert "not written yet: your code here" in explorer.widget.children[-3].value


def test_drive_goes_to_every_end_and_back():
    seen = []
    explorer = explore(
        lambda level=0.5, ink="b", n=1: seen.append((level, ink, n)) or flat(level),
        alt=ALT, level=(0.0, 1.0), ink=list("abc"), n=(1, 5),
    )  # fmt: skip
    assert drive(explorer) >= 8
    assert {level for level, _, _ in seen} == {0.0, 0.5, 1.0}
    assert {ink for _, ink, _ in seen} == set("abc")
    assert {n for _, _, n in seen} == {1, 5}
    assert explorer.values == {"level": 0.5, "ink": "b", "n": 1}


def test_drive_makes_any_exception_fatal():
    explorer = explore(lambda level=1.0: flat(0.1 / level), alt=ALT, level=(0.0, 1.0, 0.5))
    with pytest.raises(ZeroDivisionError):
        drive(explorer)
    with pytest.raises(TypeError, match="expected an Explorer"):
        drive(3)


def test_result_that_is_no_picture_is_an_error():
    explorer = explore(lambda n: None, alt=ALT, n=(1, 2))
    with pytest.raises(TypeError, match="forget to return"):
        drive(explorer)


def test_plotly_figure_is_kept_as_the_picture():
    explorer = explore(lambda level: show_images({"a": flat(level)}, alt=ALT), alt=ALT, level=(0.0, 1.0))
    assert explorer.picture.layout.meta["alt"] == ALT
    drive(explorer)


class Front:
    """A kernel's shell, as `get_ipython` gives it; the front end names its cells, or does not."""

    def __init__(self, named):
        self.named, self.execution_count, self.user_ns = named, 0, {"In": [""]}
        self.kernel = self

    def get_parent(self, _channel):
        return {"metadata": {"cellId": self.cell}} if self.named else {"metadata": {}}

    def run(self, cell, *explorers):
        self.cell, self.execution_count = cell, self.execution_count + 1
        self.user_ns["In"].append(f"explore({cell})")
        for explorer in explorers:
            explorer._ipython_display_()


class Picture:
    """Something that a function holds, as a reader's does its images."""


def held():
    """An explorer, and what tells whether its function and its widgets are still there."""
    picture = Picture()
    explorer = explore(lambda n, held=picture: flat(0.5), alt=ALT, n=(1, 2))
    return explorer, [weakref.ref(one) for one in (picture, explorer._fn, explorer.widget, *explorer.widget.children)]


def gone(references):
    gc.collect()
    return [reference() is None for reference in references]


def test_what_nobody_holds_or_shows_is_freed():
    explorer, references = held()
    drive(explorer)
    assert not any(gone(references))
    del explorer
    assert all(gone(references))


@pytest.mark.parametrize("named", [True, False])
def test_a_cell_that_runs_again_frees_what_it_showed(monkeypatch, named):
    front = Front(named)
    monkeypatch.setattr("medfuse_course.widgets.live._shown", {})
    monkeypatch.setattr("IPython.get_ipython", lambda: front)
    monkeypatch.setattr("IPython.display.display", lambda _: None)
    first, of_first = held()
    second, of_second = held()
    other, of_other = held()
    front.run("one", first, second)
    front.run("two", other, second)
    del second, other
    assert not any(gone(of_first + of_second + of_other)), "a picture on the page follows its sliders"
    third, of_third = held()
    front.run("one", third)
    assert all(gone(of_first)), "though a variable and the history hold the closed shell"
    assert not any(gone(of_second)), "another cell shows it"
    front.run("one", third)
    assert not any(gone(of_other + of_third)), "a cell that shows the same again keeps it"
    with pytest.raises(RuntimeError, match="closed; run its cell again"):
        first._fn(n=1)


def test_title_and_text_form():
    explorer = explore(lambda n: flat(0.5), alt=ALT, title="Play & see", n=(1, 2))
    assert explorer.widget.children[0].value == "<strong>Play &amp; see</strong>"
    assert repr(explorer).startswith("Explorer(n=1)")


def test_notebook_cell_shows_the_widget(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    code = "import numpy as np\nfrom medfuse_course.widgets import explore\n" + (
        f"explore(lambda level: np.full((24, 24), level, np.float32), alt={ALT!r}, level=(0.0, 1.0))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    kernel = {**os.environ, "PYTHONPATH": str(ROOT)}
    run_notebook(notebook, tmp_path, env=kernel)
    assert "application/vnd.jupyter.widget-view+json" in notebook.cells[0].outputs[0].data


NOTEBOOK = """
import numpy as np
from medfuse_course.widgets import explore
explore(lambda level=0.5: np.full((24, 24), level, np.float32), alt="A gray square that follows", level=(0.0, 1.0, 0.1))
"""


@pytest.mark.browser
def test_real_slider_in_a_real_browser_changes_the_picture(browser, tmp_path):
    pytest.importorskip("voila", reason="voila is not installed")
    address, server = start_voila(tmp_path)
    try:
        page = browser.new_page()
        page.route("**/*fortawesome*/**", lambda route: route.abort())
        outside, errors = [], []
        page.on("request", lambda r: allowed(r.url) or outside.append(r.url))
        # Voila 0.4, the last for ipywidgets 7, calls MathJax, which it would fetch from outside.
        page.on("pageerror", lambda error: "'Queue'" in str(error) or errors.append(str(error)))
        page.goto(address, timeout=90_000)
        picture = page.locator("img[alt='A gray square that follows']")
        picture.wait_for(timeout=90_000)
        before = picture.get_attribute("src")
        page.locator(".noUi-handle, .ui-slider-handle").first.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "before => document.querySelector('img[alt]').src !== before", arg=before, timeout=30_000
        )
        assert "0.6" in page.locator(".widget-readout").first.inner_text()
        page.close()
        assert (outside, errors) == ([], [])
    finally:
        server.terminate()
        server.wait(20)


def start_voila(folder):
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "play.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "voila", "play.ipynb", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    with (folder / "voila.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/"
    for _ in range(120):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return address, server
        except OSError:
            time.sleep(0.5)
    server.terminate()
    raise AssertionError(f"voila did not start: {(folder / 'voila.log').read_text()[-500:]}")


def allowed(url):
    """Loopback, and the one style sheet that voila itself asks for outside."""
    local = url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
    return local or ("@fortawesome/fontawesome-free" in url and url.endswith(".css"))
