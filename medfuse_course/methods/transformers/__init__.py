"""Methods built on attention: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.transformers"

METHODS: tuple[Method, ...] = (
    Method(
        slug="matr",
        title="MATR",
        family="transformers",
        citation="tang2022matr",
        evidence="code-verified",
        summary="Filters that adapt to the image, and attention; draws the MRI, and the activity all but goes.",
        symmetric=False,
        idempotent=False,
        network=f"{_HERE}.matr:build",
        recipe=f"{_HERE}.matr:RECIPE",
    ),
)
