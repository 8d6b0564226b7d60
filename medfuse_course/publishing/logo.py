"""The mark and the favicon, drawn from four numbers: ``python -m medfuse_course.publishing.logo``.

Two overlapping discs: one source, the other source, and between them what both show.
"""

import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

COOL, WARM, BOTH = (0x2F, 0x5F, 0x8A), (0xD9, 0x82, 0x2B), (0xFB, 0xE9, 0xC8)
_SIZE, _RADIUS, _LEFT, _RIGHT = 64.0, 21.0, 22.5, 41.5
_SAMPLES = 8
_FOLDER = Path(__file__).parent / "static"


def mark_svg() -> str:
    """Return the mark as SVG, for any size."""
    rise = math.sqrt(_RADIUS**2 - ((_RIGHT - _LEFT) / 2) ** 2)
    middle, top, bottom = _SIZE / 2, _SIZE / 2 - rise, _SIZE / 2 + rise
    arc = f"A{_RADIUS:g} {_RADIUS:g} 0 0 1 {middle:g}"
    lens = f"M{middle:g} {top:.2f}{arc} {bottom:.2f}{arc} {top:.2f}Z"
    discs = "".join(
        f'<circle cx="{x:g}" cy="{middle:g}" r="{_RADIUS:g}" fill="{_hex(c)}"/>'
        for x, c in ((_LEFT, COOL), (_RIGHT, WARM))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE:g} {_SIZE:g}" role="img" '
        'aria-label="Two overlapping discs">'
        f'{discs}<path d="{lens}" fill="{_hex(BOTH)}"/></svg>\n'
    )


def mark_pixels(side: int) -> NDArray[np.uint8]:
    """Return the mark as RGBA pixels, ``(side, side, 4)``, smoothed by averaging 8 x 8 samples a pixel."""
    grid = (np.arange(side * _SAMPLES) + 0.5) * _SIZE / (side * _SAMPLES)
    y, x = np.meshgrid(grid, grid, indexing="ij")
    left, right = ((x - c) ** 2 + (y - _SIZE / 2) ** 2 <= _RADIUS**2 for c in (_LEFT, _RIGHT))
    layers = np.zeros((*left.shape, 4))
    for mask, color in ((left, COOL), (right, WARM), (left & right, BOTH)):
        layers[mask] = (*color, 255)
    layers[..., :3] *= layers[..., 3:] / 255
    mean: NDArray[np.float64] = layers.reshape(side, _SAMPLES, side, _SAMPLES, 4).mean(axis=(1, 3))
    mean[..., :3] /= np.maximum(mean[..., 3:] / 255, 1e-9)
    return np.rint(mean).astype(np.uint8)


def favicon() -> bytes:
    """Return the favicon: an ICO file with 16, 32 and 48 pixels."""
    images = [PillowImage.fromarray(mark_pixels(side)) for side in (48, 32, 16)]
    stream = io.BytesIO()
    images[0].save(stream, format="ICO", sizes=[i.size for i in images], append_images=images[1:])
    return stream.getvalue()


def write_logo(folder: Path = _FOLDER) -> None:
    """Write ``mark.svg`` and ``favicon.ico``."""
    (folder / "mark.svg").write_text(mark_svg(), encoding="utf8")
    (folder / "favicon.ico").write_bytes(favicon())


def _hex(color: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{c:02x}" for c in color)


if __name__ == "__main__":
    write_logo()
