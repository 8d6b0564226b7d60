"""Classical methods: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.classical"

METHODS = (
    Method(
        slug="average",
        title="Average",
        family="classical",
        where=f"{_HERE}.average:average",
        citation="huang2023review",
        evidence="code-verified",
        reference=1,
        summary="Mixes the sources pixel by pixel; every detail that only one source has loses half of its contrast.",
    ),
    Method(
        slug="maximum",
        title="Maximum",
        family="classical",
        where=f"{_HERE}.maximum:maximum",
        citation="huang2023review",
        evidence="code-verified",
        reference=1,
        summary="Keeps the brighter pixel; dark details vanish wherever the other source is brighter.",
    ),
    Method(
        slug="pca",
        title="PCA",
        family="classical",
        where=f"{_HERE}.pca:pca",
        citation="huang2023review",
        evidence="code-verified",
        reference=1,
        summary="Weights the sources by the main axis of their joint spread; the source of larger variance takes over.",
    ),
    Method(
        slug="laplacian_pyramid",
        title="Laplacian pyramid",
        family="classical",
        where=f"{_HERE}.laplacian_pyramid:laplacian_pyramid",
        citation="burt1983laplacian",
        evidence="code-verified",
        reference=1,
        summary="Picks the stronger detail scale by scale; it cannot tell a detail from noise, and edges may ring.",
    ),
)
