"""What the playground loads when a reader asks for it: phantoms, the runtime of networks, networks.

Each is a classic script that calls ``medfusePlayground.arrived(name, content)`` with its bytes as text (base64): a
browser lets a page that was opened from the disk load scripts, but fetch nothing. The WebAssembly is packed in the
repository (xz, a sixth of its size) and on its way to the reader (gzip, a quarter, which browsers unpack themselves).
"""

import base64
import gzip
import io
import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.checks import to_uint8
from medfuse_course.core.files import data_path
from medfuse_course.core.types import Image
from medfuse_course.datasets import load_pair

FOLDER = "playground"
"""Of the site's static files."""

VENDORED = Path(__file__).resolve().parents[2] / "vendor" / "onnxruntime"
LICENSES = ("LICENSE", "ThirdPartyNotices.txt")

NETWORKS = ("readable_fusion", "densefuse", "ifcnn", "fusiongan")
"""Networks of the page, as `medfuse export` wrote them and as they ship in ``data/onnx``: the course's best one, two
that fuse features, and a GAN's."""


@dataclass(frozen=True)
class Phantom:
    """A pair of `datasets.load_pair` that the page offers: its address there, and what the menu says."""

    name: str
    pair: str
    title: str
    modalities: tuple[str, str]
    window_b: str = ""
    table: str = ""


PHANTOMS = (
    Phantom("head-mri-pet", "head/mri-pet", "Head phantom: MRI and PET", ("MRI", "PET"), table="hot"),
    Phantom("head-mri-ct", "head/mri-ct", "Head phantom: MRI and CT", ("MRI", "CT"), window_b="hu:bone"),
    Phantom("thorax-ct-pet", "thorax/ct-pet", "Chest phantom: CT and PET", ("CT", "PET"), table="hot"),
)


def phantom_images(phantom: Phantom) -> tuple[Image, Image]:
    """The two sources as the page has them: rounded to 8 bits, an emission image in its table of colors."""
    pair = load_pair(phantom.pair, window_b=phantom.window_b) if phantom.window_b else load_pair(phantom.pair)
    b = apply_table(pair.b, phantom.table) if phantom.table else pair.b
    a, b = (to_uint8(image).astype(np.float32) / np.float32(255) for image in (pair.a, b))
    return a, b


@cache
def data_scripts() -> dict[str, str]:
    """The text of every data script, by name."""
    found = {phantom.name: _phantom(phantom) for phantom in PHANTOMS}
    found["runtime"] = _script("runtime", _runtime())
    for slug in NETWORKS:
        found[slug] = _script(slug, {"onnx": _text(data_path("onnx", f"{slug}.onnx").read_bytes())})
    return found


def _phantom(phantom: Phantom) -> str:
    a, b = (_text(_png(image)) for image in phantom_images(phantom))
    return _script(phantom.name, {"a": a, "b": b})


def _runtime() -> dict[str, str]:
    packed = gzip.compress(lzma.decompress((VENDORED / "ort-wasm-simd-threaded.wasm.xz").read_bytes()), 9, mtime=0)
    return {
        "ort": (VENDORED / "ort.wasm.min.js").read_text(encoding="utf8"),
        "glue": (VENDORED / "ort-wasm-simd-threaded.mjs").read_text(encoding="utf8"),
        "wasm": _text(packed),
    }


def _script(name: str, content: dict[str, str]) -> str:
    return f"medfusePlayground.arrived({json.dumps(name)}, {json.dumps(content)});\n"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _png(image: Image) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(to_uint8(image)).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
