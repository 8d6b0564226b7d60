"""The playground fuses, judges, reads and refuses as the library does; nothing leaves the page."""

import re
import time

import numpy as np
import pytest

from medfuse_course.core.checks import to_uint8
from medfuse_course.datasets.image_files import read_image, write_image
from medfuse_course.methods import fuse
from medfuse_course.metrics import evaluate
from medfuse_course.publishing.assets import STATIC
from medfuse_course.publishing.pages import pages_of
from medfuse_course.publishing.playground import CLASSICAL, MOST, NETWORKS, SHOWN, size_words
from medfuse_course.publishing.playground_files import PHANTOMS, data_scripts, phantom_images
from tests.browser.conftest import visiting
from tests.browser.playground_page import Hand, png, scene, two

PAIRS = {
    "gray": ((61, 47, 1), (61, 47, 2)),
    "one in color": ((40, 33, 3), (40, 33, 4, 3)),
    "the other in color": ((16, 50, 5, 3), (16, 50, 6)),
    "both in color": ((37, 64, 7, 3), (37, 64, 8, 3)),
}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("pair", PAIRS)
def test_classical_methods_and_metrics_are_those_of_the_library(hand, pair, bits, tmp_path):
    read = {}
    for side, arguments in zip("ab", PAIRS[pair], strict=True):
        data = png(scene(*arguments), bits)
        (tmp_path / f"{side}.png").write_bytes(data)
        read[side] = read_image(tmp_path / f"{side}.png")
        hand.give(**{side: (f"{pair} {bits} {side}.png", data)})
    a, b = read["a"], read["b"]
    for method in CLASSICAL:
        hand.choose(method)
        expected = fuse(a, b, method)
        np.testing.assert_allclose(hand.fused(), expected, atol=1e-6)
        values = evaluate(expected, a, b, SHOWN)
        assert hand.metrics() == pytest.approx(values, abs=1e-6)
        for name, value in values.items():
            assert hand.part(name).text_content() == f"{value:.4f}"


@pytest.mark.torch
@pytest.mark.parametrize("slug", NETWORKS)
def test_networks_are_those_of_the_library_on_any_grid(hand, slug):
    pytest.importorskip("torch")
    for number, arguments in enumerate((((61, 47, 1), (61, 47, 2)), ((40, 33, 3), (40, 33, 4, 3)))):
        a, b = (np.float32(to_uint8(scene(*given)) / np.float32(255)) for given in arguments)
        hand.give(a=(f"{slug} {number} a.png", png(a)), b=(f"{slug} {number} b.png", png(b)))
        hand.choose(slug)
        expected = fuse(a, b, slug)
        np.testing.assert_allclose(hand.fused(), expected, atol=1e-5)
        assert hand.metrics() == pytest.approx(evaluate(expected, a, b, SHOWN), abs=1e-4)


def test_phantoms_are_there_at_once(hand):
    hand.choose("laplacian_pyramid")
    for phantom in reversed(PHANTOMS):
        hand.act(f"p.part('images').value = '{phantom.name}'; await p.fuse();")
        assert hand.fused().shape[:2] == (256, 256) and hand.fused().max() > 0.9
    np.testing.assert_allclose(hand.fused(), fuse(*phantom_images(PHANTOMS[0])), atol=1e-7)


@pytest.mark.torch
def test_the_page_is_quick(hand):
    """A network in 1.5 s on an idle laptop, a pyramid in 0.2; here beside what Python needs in the same minute."""
    hand.act(f"p.part('images').value = '{PHANTOMS[0].name}'; await p.fuse();")
    a, b = phantom_images(PHANTOMS[0])
    for slug, most in (("laplacian_pyramid", 0.2), ("readable_fusion", 1.5)):
        fuse(a, b, slug)
        hand.choose(slug)
        in_page, in_python = [], []
        for _ in range(2):
            begun = time.perf_counter()
            fuse(a, b, slug)
            in_python.append(time.perf_counter() - begun)
            hand.choose(slug)
            text, unit = hand.part("time").text_content().split()
            in_page.append(float(text) / (1000 if unit == "ms" else 1))
        assert min(in_page) < max(most, 12 * min(in_python)), (slug, in_page, in_python)


@pytest.mark.torch
def test_a_network_says_how_large_an_image_may_be(hand):
    hand.choose("ifcnn")
    large = np.zeros((1025, 1024), np.float32)
    two(hand, "large", large, large)
    assert "1025 x 1024 is larger than" in hand.fault() and "tiles" in hand.fault()


def test_two_files_that_are_dropped_at_once_are_a_and_b_and_can_change_places(hand):
    hand.choose("laplacian_pyramid")
    a, b = scene(32, 32, 1), scene(32, 32, 2, 3)
    hand.playground.evaluate("""(p, files) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
      const zone = p.root.querySelector('[data-side=a]');
      zone.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }""", [["one.png", list(png(a))], ["two.png", list(png(b))]])  # fmt: skip
    hand.page.wait_for_function("document.querySelector('[data-part=name-b]').textContent === 'two.png'")
    hand.settle()
    a, b = (np.float32(to_uint8(image) / np.float32(255)) for image in (a, b))
    np.testing.assert_allclose(hand.fused(), fuse(a, b), atol=1e-7)
    hand.part("swap").click()
    hand.page.wait_for_function("document.querySelector('[data-part=said-a]').textContent === 'A: two.png'")
    np.testing.assert_allclose(hand.fused(), fuse(b, a), atol=1e-7)


@pytest.mark.parametrize("bits", [8, 16])
def test_what_is_saved_is_what_the_library_writes(hand, bits, tmp_path):
    for title, channels in (("gray", 1), ("color", 3)):
        two(hand, f"saved {title} {bits}", scene(29, 31, 5), scene(29, 31, 6, channels))
        hand.choose("average")
        hand.part("bits").select_option(str(bits))
        with hand.page.expect_download() as download:
            hand.part("save").click()
        assert download.value.suggested_filename == "fused-average.png"
        path = tmp_path / f"{title}.png"
        download.value.save_as(path)
        write_image(tmp_path / "expected.png", hand.fused(), bits=bits)
        np.testing.assert_array_equal(read_image(path), read_image(tmp_path / "expected.png"))


def test_the_fused_image_is_compared_and_subtracted(hand):
    a, b = np.zeros((20, 30), np.float32), np.ones((20, 30), np.float32)
    two(hand, "compared", a, b)
    hand.choose("average")
    colors = "(p, name) => [...p.canvases[name].getContext('2d').getImageData(0, 0, 30, 20).data]"

    def of(name):
        return np.reshape(hand.playground.evaluate(colors, name), (20, 30, 4))[..., :3]

    assert (of("difference") == [255, 179, 71]).all() and "orange +0.50" in hand.part("said-difference").text_content()
    hand.part("difference").select_option("b")
    assert (of("difference") == [108, 178, 255]).all()
    hand.part("swipe").fill("50")
    assert (of("compare")[:, :14] == 0).all() and (of("compare")[:, 17:] == 128).all()
    hand.part("source").select_option("b")
    assert (of("compare")[:, :14] == 255).all()
    hand.page.locator("[data-canvas=compare]").scroll_into_view_if_needed()
    box = hand.page.locator("[data-canvas=compare]").bounding_box()
    hand.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 5)
    hand.page.mouse.down()
    hand.page.mouse.up()
    assert int(hand.part("swipe").input_value()) == pytest.approx(90, abs=2)
    hand.part("blink").click()
    for words, gray in (("Now: fused", 128), ("Now: B", 255), ("Now: fused", 128)):
        hand.page.wait_for_function(f"document.querySelector('[data-part=said-compare]').textContent === '{words}'")
        assert (of("compare") == gray).all()
    hand.part("blink").click()
    assert "Left of the line B" in hand.part("said-compare").text_content()


def test_it_works_by_keyboard_and_every_control_has_a_name(hand):
    hand.act(f"p.part('images').value = '{PHANTOMS[0].name}'; await p.fuse();")
    hand.page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    hand.part("images").focus()
    reached = ["images"]
    for _ in range(9):
        hand.page.keyboard.press("Tab")
        reached.append(hand.page.evaluate("document.activeElement.dataset.part"))
    assert reached == ["images", "method", "file-a", "file-b", "swap", "source", "swipe", "blink", "difference", "bits"]
    hand.part("method").focus()
    hand.page.keyboard.type("Max")
    hand.page.wait_for_function("document.querySelector('.play').playground.shown?.slug === 'maximum'")
    hand.part("swipe").focus()
    before = int(hand.part("swipe").input_value())
    hand.page.keyboard.press("ArrowLeft")
    assert int(hand.part("swipe").input_value()) == before - 1
    unnamed = hand.page.evaluate(
        "[...document.querySelectorAll('.play :is(select, input, button)')]"
        ".filter(e => !(e.labels && e.labels.length ? e.labels[0].textContent : e.textContent).trim()).length"
    )
    assert unnamed == 0
    assert hand.part("state").get_attribute("role") == "status" and hand.part("fault").get_attribute("role") == "alert"


@pytest.mark.torch
def test_it_works_from_the_disk_and_on_a_phone(browser, playground_at):
    """Without a server a browser gives a page nothing but scripts; that is enough, for networks, too."""
    folder, _, name = playground_at
    with visiting(browser, f"{folder.as_uri()}/") as open_page:
        page = open_page(name, "phone")
        hand = Hand(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert min(box["height"] for box in (e.bounding_box() for e in page.locator(".play button").all())) >= 40
        assert page.locator("[data-canvas=compare]").bounding_box()["width"] >= 280
        assert page.evaluate(
            "[...document.querySelectorAll('.play-numbers dd')].every(e => e.scrollWidth <= e.clientWidth)"
        )
        two(hand, "a name as long as those of scanners, " * 4, np.eye(16, dtype="f4"), np.eye(16, dtype="f4"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        hand.act(f"p.part('images').value = '{PHANTOMS[0].name}'; await p.fuse();")
        a, b = phantom_images(PHANTOMS[0])
        hand.choose("ifcnn")
        np.testing.assert_allclose(hand.fused(), fuse(a, b, "ifcnn"), atol=1e-5)


@pytest.mark.torch
def test_a_browser_that_cannot_run_networks_says_so_and_goes_on(browser, playground_at):
    _, address, name = playground_at
    with visiting(browser, address) as open_page:
        hand = Hand(open_page(name))
        hand.page.evaluate("window.Worker = undefined")
        hand.choose("ifcnn")
        assert "no WebAssembly" in hand.fault() and "classical methods need neither" in hand.fault()
        hand.choose("average")
        assert hand.fused().shape == (256, 256, 3)


@pytest.mark.torch
def test_it_loads_what_it_says(browser, playground_at):
    folder, address, name = playground_at
    shipped = next(folder.rglob("runtime.js")).parent
    said = size_words([shipped / f"{script}.js" for script in data_scripts()], STATIC)
    first, runtime, *_ = (float(number) for number in re.findall(r"([\d.]+) MB", said))
    loaded = """performance.getEntriesByType('resource').filter(e => e.name.includes('/playground/'))
      .reduce((sum, e) => sum + e.decodedBodySize, 0) / 1e6"""
    with visiting(browser, address) as open_page:
        hand = Hand(open_page(name))
        before = hand.page.evaluate(loaded)
        assert before == pytest.approx(first, abs=0.06)
        hand.choose("ifcnn")
        network = (shipped / "ifcnn.js").stat().st_size / 1e6
        assert hand.page.evaluate(loaded) - before - network == pytest.approx(runtime, abs=0.06)


def test_it_is_whole_light_enough_and_no_other_page_loads_it(playground_at):
    folder, _, name = playground_at
    page = (folder / name).read_text(encoding="utf8")
    scripts = list((STATIC / "playground").glob("*.js"))
    text = "".join(path.read_text(encoding="utf8") for path in scripts)
    assert max(path.read_text(encoding="utf8").count("\n") for path in scripts) <= 300
    there = set(re.findall(r'data-part="([\w-]+)"', page))
    asked = set(re.findall(r'(?:part|listen)\("([\w-]+)"', text))
    assert asked <= there and len(asked) > 20
    shipped = next(folder.rglob("runtime.js")).parent
    assert {path.stem for path in scripts} | {"runtime", *NETWORKS} <= {path.stem for path in shipped.glob("*.js")}
    assert sum(path.stat().st_size for path in shipped.iterdir()) < MOST
    assert (shipped / "onnxruntime-LICENSE").read_text(encoding="utf8").startswith("MIT License")
    others = [path for path in pages_of(folder) if path != folder / name]
    assert not [path for path in others if "_static/playground/" in path.read_text(encoding="utf8")]
