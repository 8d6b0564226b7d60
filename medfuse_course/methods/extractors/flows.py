"""What the methods of deep features do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.extractors"

PRETEXT = Training("patches of textures and modalities", "of which kind each one is", {"kind": ("cross_entropy",)})
"""How the course's own trunks learned; a method has no part in it."""

_TRUNK = Step("trunk of VGG-19", "never saw a pair", gives="features", parts=("extractor",))
_WEIGHTS = "weights by l1 norms, one map a layer"

FLOWS: dict[str, Flow] = {
    "fw_net": Flow(
        "ab mu r f",
        {
            "m": Step("maximum", gives="brighter"),
            "u": Step("U-Net of both", "what is to be added", gives="code", chooses=True, parts=("unet",)),
            "r": Step("add, cut to [0, 1]", code=f"{_HERE}.fw_net:confined"),
        },
        Training("pairs of phantoms, no fused image",
                 "what a second U-Net gets back of both sources, and how far the image is from the brighter one",
                 {"chain": ("l1", "structure", "likeness")}),
    ),
    "short_frame_unet": Flow(
        "a u ar f",
        {
            "a": Step("short frame", "a slice, or three", gives="SUV / 20"),
            "u": Step("U-Net", "what is to be added", parts=("unet",)),
            "r": Step("add it to the middle slice", "where values vary", code="methods.gan.lowdose_gan:unevenness"),
            "f": Step("enhanced PET"),
        },
        Training("phantoms, the first seconds of their scans", "the whole scan", {"imitate": ("squared",)}),
    ),
    "vgg_multilayer": Flow(
        "ab p lnp lw2 f",
        {
            "p": Step("low pass", "base by Tikhonov, detail is the rest", gives="details",
                      code=f"{_HERE}.vgg_multilayer:low_pass"),
            "l": Step("mean", "(A + B) / 2", "bases", chooses=True),
            "n": _TRUNK,
            "w": Step("{combination} of four candidates", _WEIGHTS, chooses=True, code=f"{_HERE}.layers:combine"),
            "f": Step("fused image", "base + detail"),
        },
        PRETEXT,
    ),
    "vgg19_softmax": Flow(
        "ab an2b w f",
        {
            "n": _TRUNK,
            "w": Step("{combination} of five candidates", "weights by the {weighting} of l1 norms", chooses=True,
                      code=f"{_HERE}.layers:combine"),
        },
        PRETEXT,
    ),
    "tight_frame_vgg": Flow(
        "ab g t lnt lw2 i f",
        {
            "g": Step("learn a tight frame", "{size} x {size} filters, from both sources",
                      code="transforms.tight_frame:learn"),
            "t": Step("filter", gives="detail bands", code="transforms.tight_frame:analyse"),
            "l": Step("{base_rule}", "(A + B) / 2", "low bands", chooses=True),
            "n": Step("trunk of VGG-19", "sees the bands added up", gives="features", parts=("extractor",)),
            "w": Step("strongest of four candidates", _WEIGHTS, chooses=True,
                      code=f"{_HERE}.tight_frame_vgg:fuse_bands"),
            "i": Step("filter back and add", code="transforms.tight_frame:synthesise"),
        },
        PRETEXT,
    ),
    "shearlet_vgg": Flow(
        "ab t lnt lw2 i f",
        {
            "t": Step("complex shearlets", "{levels} scales; {directions} directions", gives="complex bands",
                      code="transforms.complex_shearlet:analyse"),
            "l": Step("{base_rule_name}", "{base_rule_does}", "bases", chooses=True,
                      code="methods.rules:energy_laplacian"),
            "n": Step("trunk of VGG-19", "sees magnitudes, directions added", gives="features", parts=("extractor",)),
            "w": Step("strongest of four candidates", _WEIGHTS, chooses=True,
                      code=f"{_HERE}.shearlet_vgg:ShearletVGG.fuse_scale"),
            "i": Step("inverse transform", code="transforms.complex_shearlet:synthesise"),
        },
        PRETEXT,
    ),
    "resnet_zca": Flow(
        "ab ae4b az4b as4b am4b f",
        {
            "e": Step("trunk of ResNet-50", "up to stage {stage}; never saw a pair", gives="features",
                      parts=("extractor",)),
            "z": Step("whitening", "each channel: all singular values 1", code="networks.whitening:zca"),
            "s": Step("{norm} norm over channels", "mean over 5 x 5 places", gives="activities",
                      code=f"{_HERE}.resnet_zca:strength"),
            "m": Step("shares", "of the enlarged activities", gives="weights", chooses=True,
                      code=f"{_HERE}.feature_weights:ratio"),
            "f": Step("fused image", "weighted mean of the sources"),
        },
        PRETEXT,
    ),
    "zero_learning": Flow(
        "ab = st2 stn lh f",
        {
            "s": Step("rare gray values", "shares, then a guided filter", gives="weights",
                      code=f"{_HERE}.zero_learning:base_share"),
            "t": Step("mean filter", "45 x 45", gives="details", code=f"{_HERE}.zero_learning:split"),
            "n": Step("trunk of VGG-19", "up to stage {stage}; never saw a pair", gives="features",
                      parts=("extractor",)),
            "l": Step("weighted mean", "bases", chooses=True, code=f"{_HERE}.zero_learning:mix"),
            "h": Step("weighted mean", "details, shares of {weighting}", chooses=True,
                      code=f"{_HERE}.zero_learning:mix"),
            "f": Step("fused image", "base + detail"),
        },
        PRETEXT,
    ),
}  # fmt: skip
