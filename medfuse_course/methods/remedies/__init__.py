"""Answers to the open challenges of the review: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.remedies"

METHODS: tuple[Method, ...] = (
    Method(
        slug="align_then_fuse",
        title="Align, then fuse",
        family="remedies",
        citation="balakrishnan2019voxelmorph",
        evidence="course",
        summary="Says how far b lies from its place, moves it, fuses in a pyramid; it moves what lay right, too.",
        symmetric=False,
        idempotent=False,
        color_native=True,
        network=f"{_HERE}.align_then_fuse:build",
        recipe=f"{_HERE}.align_then_fuse:RECIPE",
    ),
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
