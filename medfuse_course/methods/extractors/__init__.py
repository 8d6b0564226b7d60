"""Methods built on features of a network that was trained for something else: the table of contents."""

from medfuse_course.methods.base import Method

_HERE = "medfuse_course.methods.extractors"

METHODS: tuple[Method, ...] = (
    Method(
        slug="vgg_multilayer",
        title="VGG-19 on details",
        family="extractors",
        citation="li2018vgg",
        evidence="code-verified",
        summary="VGG weighs details, bases are averaged; so contrast halves, and of two details the brighter one wins.",
        network=f"{_HERE}.vgg_multilayer:build",
        backbone="vgg19",
        recipe=f"{_HERE}.trunks:VGG19",
    ),
    Method(
        slug="vgg19_softmax",
        title="VGG-19 on images",
        family="extractors",
        citation="zhou2021vgg",
        evidence="abstract",
        reference=20,
        summary="Five layers of VGG weigh the whole images; bright tissue dims where the other source is black.",
        network=f"{_HERE}.vgg19_softmax:build",
        backbone="vgg19",
        recipe=f"{_HERE}.trunks:VGG19",
    ),
    Method(
        slug="tight_frame_vgg",
        title="Tight frame and VGG-19",
        family="extractors",
        citation="lu2022tightframe",
        evidence="title",
        reference=21,
        summary="VGG weighs the bands of a learned frame; what is larger than its filters is averaged.",
        network=f"{_HERE}.tight_frame_vgg:build",
        backbone="vgg19",
        recipe=f"{_HERE}.trunks:VGG19",
    ),
    Method(
        slug="shearlet_vgg",
        title="Complex shearlets and VGG-19",
        family="extractors",
        citation="wang2024shearlet",
        evidence="abstract",
        reference=22,
        summary="VGG weighs complex shearlets, energy chooses the base: whole regions come from one source.",
        network=f"{_HERE}.shearlet_vgg:build",
        backbone="vgg19",
        recipe=f"{_HERE}.trunks:VGG19",
    ),
)
