"""A page with the playground alone, and a hand that works it: files in, fused images and words out."""

import base64
import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from medfuse_course.core.checks import to_uint8
from medfuse_course.datasets import png16
from medfuse_course.publishing.assets import STATIC
from medfuse_course.publishing.playground import SCRIPTS, STYLE, page_html, write_files

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Trial</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="favicon.ico"><link rel="stylesheet" href="course.css"><link rel="stylesheet" href="{style}">
<style>* {{ box-sizing: border-box; }} body {{ margin: 0; }}</style>{scripts}</head>
<body><article class="bd-article">{page}</article></body></html>"""

PIXELS = """p => { const {height, width, channels, data} = %s;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = '';
  for (let k = 0; k < bytes.length; k += 4096) text += String.fromCharCode(...bytes.subarray(k, k + 4096));
  return [height, width, channels, btoa(text)]; }"""


def make_site(folder: Path) -> Path:
    """Write the page and all that it loads."""
    write_files(folder)
    shutil.copytree(STATIC / "playground", folder / "playground", dirs_exist_ok=True)
    for name in ("course.css", "favicon.ico"):
        shutil.copyfile(STATIC / name, folder / name)
    scripts = "".join(f'<script defer src="{name}"></script>' for name in SCRIPTS)
    html = PAGE.format(style=STYLE, scripts=scripts, page=page_html("playground"))
    (folder / "index.html").write_text(html, encoding="utf8")
    return folder


class Hand:
    """Works the playground of a page."""

    def __init__(self, page) -> None:
        self.page, self.count = page, 0
        page.wait_for_selector(".play[data-ready]")
        self.playground = page.evaluate_handle("document.querySelector('.play').playground")
        self.settle()

    def part(self, name):
        return self.page.locator(f"[data-part={name}]")

    def settle(self):
        """Wait until what was asked for is shown, or refused."""
        self.page.wait_for_function(
            "() => { const p = document.querySelector('.play').playground;"
            " const state = p.part('state').textContent;"
            " return !state.endsWith('…') && (p.shown || !p.part('fault').hidden || state.startsWith('Choose')); }"
        )

    def act(self, code):
        """Do something to the playground, ``p``, and wait until its own work is over."""
        self.playground.evaluate(f"async p => {{ {code} }}")
        self.settle()

    def give(self, **files: tuple[str, bytes]):
        """Files for a side each, as the file fields hand them on."""
        for side, (name, data) in files.items():
            text = base64.b64encode(data).decode()
            self.act(
                f"const bytes = medfusePlayground.fromBase64('{text}');"
                f"await p.take('{side}', [new File([bytes], {name!r})]);"
            )

    def choose(self, method: str):
        self.act(f"p.part('method').value = '{method}'; await p.fuse();")

    def fused(self) -> np.ndarray:
        return self.shown("fused")

    def shown(self, name: str) -> np.ndarray:
        return self._image(f"p.shown.{name}")

    def pixels(self, side: str) -> np.ndarray:
        """Of the picture that was given for a side."""
        return self._image(f"p.own.{side}.image")

    def _image(self, where: str) -> np.ndarray:
        height, width, channels, text = self.playground.evaluate(PIXELS % where)
        image = np.frombuffer(base64.b64decode(text), np.float32).reshape(height, width, channels)
        return image[..., 0] if channels == 1 else image

    def metrics(self) -> dict[str, float]:
        return self.playground.evaluate("p => p.metrics")

    def fault(self) -> str:
        """What was refused; nothing of an earlier result may be left."""
        assert self.part("fault").is_visible(), self.part("state").text_content()
        assert self.playground.evaluate("p => p.shown") is None
        assert self.part("mi").text_content() == "—" and self.part("save").is_disabled()
        assert self.part("said-fused").text_content() == self.part("said-difference").text_content() == ""
        return self.part("fault").text_content()


def png(image, bits=8) -> bytes:
    """A PNG file."""
    if bits == 16:
        return png16.encode(np.rint(np.atleast_3d(image) * 65535).astype(np.uint16))
    buffer = io.BytesIO()
    Pillow.fromarray(to_uint8(image)).save(buffer, format="PNG")
    return buffer.getvalue()


def scene(height, width, seed, channels=1):
    """Smooth shapes and noise with a black margin, on any grid, in float32."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    planes = [
        0.5 + 0.35 * np.sin(9 * x + seed + c) * np.cos(7 * y) + 0.1 * rng.standard_normal((height, width))
        for c in range(channels)
    ]
    image = np.clip(np.stack(planes, -1), 0, 1)
    image[: height // 5] = 0
    return np.float32(image[..., 0] if channels == 1 else image)


def two(hand: Hand, title: str, a, b) -> None:
    """Give two images as PNG files."""
    hand.give(a=(f"{title} a.png", png(a)), b=(f"{title} b.png", png(b)))
