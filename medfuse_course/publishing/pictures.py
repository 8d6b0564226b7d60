"""Pictures that are computed while the book is built and never committed: encoding, the node, its HTML."""

import hashlib
import io
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image as PillowImage
from sphinx.application import Sphinx

from medfuse_course.color.pseudocolor import apply_table
from medfuse_course.core.checks import to_uint8
from medfuse_course.core.types import Image
from medfuse_course.datasets import Pair

FOLDER = "_images"
"""Folder of the site that pictures go into."""


class picture(nodes.General, nodes.Element):  # type: ignore[misc]  # docutils has no types
    """An image with its bytes: ``data``, ``file`` (below `FOLDER`), ``alt``, ``width``, ``height``.

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
        Start of the file name; what the picture holds is the rest, so a new picture never hides behind an old one.
    alt
        What a reader who cannot see it should know.

    Returns
    -------
    The node.
    """
    data = _webp(image, quality=88, method=6)
    return _node(data, f"computed/{stem}-{hashlib.sha256(data).hexdigest()[:8]}.webp", image, alt)


def exact_picture(image: Image, file: str, alt: str) -> picture:
    """Return a node that shows an image to the last of its 8 bits, under a name that pages can know without it.

    Parameters
    ----------
    image
        ``(H, W)`` or ``(H, W, 3)`` in [0, 1].
    file
        Path below `FOLDER`, ending in ``.webp``.
    alt
        What a reader who cannot see it should know.

    Returns
    -------
    The node.
    """
    return _node(_webp(image, lossless=True, method=3), file, image, alt)


def panel(image: Image, stem: str, caption: str, alt: str, *classes: str) -> nodes.container:
    """Return a dark panel: the picture, and a caption under it."""
    return framed(picture_of(image, stem, alt), caption, *classes)


def framed(shown: picture, caption: str, *classes: str) -> nodes.container:
    """Return a dark panel around a picture, and a caption under it."""
    return nodes.container(
        "", shown, nodes.paragraph("", caption, classes=["panel-caption"]), classes=["panel", *classes]
    )


def in_clinic_colors(pair: Pair) -> tuple[Image, Image]:
    """The sources of a pair as clinics show them: gray emission images in the hot table, the rest as it is."""
    colored = pair.b.ndim == 2 and pair.modalities[1] in {"PET", "SPECT"}
    return pair.a, apply_table(pair.b, "hot") if colored else pair.b


def setup(app: Sphinx) -> None:
    """Register the node; builders other than HTML show its alt text."""
    app.add_node(picture, html=(_visit, None), latex=(_visit_text, None), text=(_visit_text, None))


def _node(data: bytes, file: str, image: Image, alt: str) -> picture:
    if not alt.strip():
        raise ValueError(f"alt: expected words for picture {file!r}, got none; say what the picture shows")
    return picture("", data=data, file=file, alt=alt, width=image.shape[1], height=image.shape[0])


def _webp(image: Image, **how: Any) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(to_uint8(image)).save(stream, format="WEBP", **how)
    return stream.getvalue()


def _visit(translator: Any, node: picture) -> None:
    builder = translator.builder
    name = f"{FOLDER}/{node['file']}"
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
