"""Methods built on attention: the table of contents."""

from medfuse_course.methods.base import Method
from medfuse_course.methods.tasks import SEGMENTATION

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
    Method(
        slug="destrans",
        title="DesTrans",
        family="transformers",
        citation="song2024destrans",
        evidence="abstract",
        reference=24,
        summary="A dense and a Transformer branch learn to copy; nothing far is asked, tokens are hardly missed.",
        idempotent=False,
        network=f"{_HERE}.destrans:build",
        recipe=f"{_HERE}.destrans:RECIPE",
    ),
    Method(
        slug="hybrid_cnn_transformer",
        title="Hybrid CNN and Transformer",
        family="transformers",
        citation="liu2023hybrid",
        evidence="abstract",
        reference=25,
        summary="Learns to restore what was destroyed, fuses by how much features vary: what is even loses, bone too.",
        idempotent=False,
        network=f"{_HERE}.hybrid_cnn_transformer:build",
        recipe=f"{_HERE}.hybrid_cnn_transformer:RECIPE",
    ),
    Method(
        slug="cddfuse",
        title="CDDFuse",
        family="transformers",
        citation="zhao2023cddfuse",
        evidence="code-verified",
        summary="Splits features by correlation, wants bright pixels and steep edges; noise is steep, and grows.",
        idempotent=False,
        network=f"{_HERE}.cddfuse:build",
        recipe=f"{_HERE}.cddfuse:RECIPE",
    ),
    Method(
        slug="medfusion_transnet",
        title="MedFusion-TransNet",
        family="transformers",
        citation="sun2025medfusion",
        evidence="abstract",
        reference=27,
        summary="CT and PET ask each other and give a mask of lesions; a CT of another breath leads it astray.",
        task=SEGMENTATION,
        network=f"{_HERE}.medfusion_transnet:build",
        recipe=f"{_HERE}.medfusion_transnet:RECIPE",
    ),
)
