"""Answers to the open challenges of the review: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.remedies"

METHODS: tuple[Method, ...] = (
    Method(
        slug="ddfm",
        title="DDFM",
        family="remedies",
        citation="zhao2023ddfm",
        evidence="code-verified",
        summary="Noise becomes an image step by step, each pulled toward both sources; its code ends near their mean.",
        symmetric=False,
        idempotent=False,
        network=f"{_HERE}.ddfm:build",
        recipe=f"{_HERE}.ddfm:RECIPE",
    ),
)
