"""Pictures that are computed while the book is built and never committed: encoding, the node, its HTML."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from numpy.typing import NDArray
from PIL import Image as PillowImage
from sphinx.application import Sphinx

from medfuse_course.core.checks import to_uint8
from medfuse_course.core.types import Image

_FOLDER = "_images/computed"


class picture(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils has no types
    """An image with its bytes: ``data``, ``stem``, ``alt``, ``width``, ``height``.

    The bytes travel in the document tree and become a file when the page is written, so the file is there even when
    the page itself did not have to be read again.
    """


def picture_of(image: Image, stem: str, alt: str) -> picture:
    """Return a node that shows an image.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, 3)`` in [0, 1].
    stem
        Start of the file name.
    alt
        What a reader who cannot see it should know.

    Returns
    -------
    The node.
    """
    if not alt.strip():
        raise ValueError(f"alt: expected words for picture {stem!r}, got none; say what the picture shows")
    pixels = to_uint8(image)
    return picture("", data=_webp(pixels), stem=stem, alt=alt, width=pixels.shape[1], height=pixels.shape[0])


def panel(image: Image, stem: str, caption: str, alt: str, *classes: str) -> nodes.container:
    """Return a dark panel: the picture, and a caption under it."""
    text = nodes.paragraph("", caption, classes=["panel-caption"])
    return nodes.container("", picture_of(image, stem, alt), text, classes=["panel", *classes])


def setup(app: Sphinx) -> None:
    """Register the node; builders other than HTML show its alt text."""
    app.add_node(picture, html=(_visit, None), latex=(_visit_text, None), text=(_visit_text, None))


def _webp(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, format="WEBP", quality=88, method=6)
    return stream.getvalue()


def _visit(translator: Any, node: picture) -> None:
    builder = translator.builder
    name = f"{_FOLDER}/{node['stem']}-{hashlib.sha256(node['data']).hexdigest()[:8]}.webp"
    path = Path(builder.outdir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(node["data"])
    depth = builder.get_target_uri(builder.current_docname).count("/")
    size = {"width": str(node["width"]), "height": str(node["height"])}
    translator.body.append(
        translator.emptytag(
            node, "img", src="../" * depth + name, alt=node["alt"], decoding="async", loading="lazy", **size
        )
    )
    raise nodes.SkipNode


def _visit_text(translator: Any, node: picture) -> None:
    translator.body.append(node["alt"])
    raise nodes.SkipNode
