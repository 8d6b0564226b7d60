"""What the convolutional methods do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.cnn"
_SHARP = "patches, one of them blurred"
_PAIRS = "pairs of phantoms, no fused image"


def _siamese(pyramid: str, code: str, back: str, rules: str, steps: dict[str, Step]) -> Flow:
    """A network makes a map of weights, whose Gaussian pyramid mixes the pyramids of the sources."""
    return Flow(
        f"ab = nt gt {rules} i f",
        {
            "n": Step("siamese network", "shared weights,\n16 x 16 patches", gives="map W",
                      parts=("features", "compare")),
            "t": Step(pyramid, gives="bands", code=f"{code}:analyse"),
            "g": Step("Gaussian pyramid", "of the map"),
            "i": Step(back, code=f"{code}:synthesise"),
            **steps,
        },
        Training(_SHARP, "which patch is the sharp one", {"classify": ("cross_entropy",)}),
    )  # fmt: skip


_SWITCH = Step("similarity switch", "alike, M > {threshold}: mix by W; else larger energy", chooses=True,
               code=f"{_HERE}.liu_cnn:similarity_switch")  # fmt: skip

FLOWS = {
    "densefuse": Flow(
        "ab ee r d f",
        {
            "e": Step("dense encoder, shared weights", gives="features", parts=("encoder",)),
            "r": Step("{fusion}", "(a + b) / 2, channel by channel", chooses=True,
                      code=f"{_HERE}.densefuse:{{fusion}}"),
            "d": Step("decoder", gives="", parts=("decoder",)),
        },
        Training("single images, never a pair", "the image behind encoder and decoder", {
            "reconstruction": ("mse", "structure"),
        }),
    ),
    "ifcnn": Flow(
        "ab cc ee r d f",
        {
            "c": Step("first layer, frozen", "7 x 7 filters", parts=("conv1",), fixed=True),
            "e": Step("second layer, shared weights", gives="features", parts=("conv2",)),
            "r": Step("{fusion}", "the larger feature, channel by channel", chooses=True),
            "d": Step("third and fourth layer", parts=("conv3", "conv4")),
        },
        Training("phantoms, each out of focus in places", "the fused image, against the sharp one", {
            "pixels": ("mse",), "features": ("mse", "perceptual"),
        }),
    ),
    "xia_cnn": Flow(
        "ab ss uu lh d f",
        {
            "s": Step("fixed filters", "Gaussian, and Laplacian of Gaussian"),
            "u": Step("three stacked units, shared weights", parts=("units",)),
            "l": Step("weighted mean", "by energy", "low halves", chooses=True, code=f"{_HERE}.xia_cnn:fuse_bands"),
            "h": Step("local energy", "the larger in 3 x 3", "high halves", chooses=True,
                      code=f"{_HERE}.xia_cnn:fuse_bands"),
            "d": Step("last layer", parts=("last",)),
        },
        Training("single images, never a pair", "what a unit gives back, then the image", {
            "unit 1": ("mse",), "unit 2": ("mse",), "unit 3": ("mse",), "tuning": ("mse",),
        }),
    ),
    "liu_cnn": _siamese(
        "Laplacian pyramid", "transforms.mertens_pyramid", "add up the levels", "r", {"r": _SWITCH}
    ),
    "contrast_pyramid_cnn": _siamese(
        "contrast pyramid", "transforms.contrast_pyramid", "multiply the levels", "= lh",
        {"l": Step("weighted mean", "W A + (1 - W) B", "bases", chooses=True), "h": _SWITCH},
    ),
    "nsct_cnn": Flow(
        "ab t lnt lr2 i f",
        {
            "t": Step("nonsubsampled contourlet transform", "3 levels", gives="detail bands",
                      code="transforms.nsct:analyse"),
            "l": Step("two maps agree", "energy and Laplacian; else the mean", "base", chooses=True,
                      code=f"{_HERE}.nsct_cnn:fuse_base"),
            "n": Step("siamese network", "on each band", gives="W", parts=("features", "compare")),
            "r": Step("weighted mean", "W A + (1 - W) B, band by band", chooses=True,
                      code=f"{_HERE}.nsct_cnn:fuse_contourlets"),
            "i": Step("inverse transform", code="transforms.nsct:synthesise"),
        },
        Training("contourlet bands, one source blurred", "which patch is the sharp one",
                 {"classify": ("cross_entropy",)}),
    ),
    "drpl": Flow(
        "ab an4b r f",
        {
            "n": Step("residual network", "draws two masks", gives="M", parts=("",)),
            "r": Step("weighted mean", "M A + (1 - M) B, M = (M1 + 1 - M2) / 2", chooses=True),
        },
        Training("phantoms, blurred by a known mask", "the masks, and the image they make", {
            "pair": ("mask", "structure", "gradient"),
        }),
    ),
    "emfusion": Flow(
        "ab n f",
        {
            "n": Step("dense network of both sources", "no rule is written", chooses=True, parts=("",)),
            "f": Step("fused image", "color keeps its Cb and Cr"),
        },
        Training("pairs of phantoms, no fused image; two translators, then two autoencoders, then the fuser",
                 "likeness to the sources, and what one cannot tell of the other", {
            "translate": ("a_to_b", "b_to_a"), "encode": ("autoencoder_a", "autoencoder_b"),
            "fuse": ("surface", "deep"),
        }),
    ),
    "mmif_inet": Flow(
        "ab hh cc g i f",
        {
            "a": Step("source A, gray"),
            "b": Step("source B, in color"),
            "h": Step("Haar transform, 3 scales", "each goes on from the coupled low bands",
                      code=f"{_HERE}.mmif_inet:haar"),
            "c": Step("invertible coupling", "of the low bands of A and B", parts=("couplings",)),
            "g": Step("gates", "W A + (1 - W) B, band by band", chooses=True, parts=("gates",)),
            "i": Step("inverse Haar, scale by scale", parts=("up", "normalize"),
                      code=f"{_HERE}.mmif_inet:inverse_haar"),
        },
        Training("gray and color pairs, no fused image", "the fused image, against each source", {
            "mix": ("structure", "sharpness", "luminance", "chroma"),
            "settle": ("structure", "sharpness", "luminance", "chroma"),
        }),
    ),
    "max_residual": Flow(
        "ab an4b r f",
        {
            "n": Step("two branches", "shared weights; each sees the stronger features of both", gives="p",
                      parts=("",)),
            "r": Step("from the brighter to the darker", "max(A, B) - p |A - B|", chooses=True),
        },
        Training(_PAIRS, "the fused image, by the metrics themselves", {
            "fuse": ("edges", "structure", "information", "contrast", "brightness"),
        }),
    ),
    "readable_fusion": Flow(
        "ab n r f",
        {
            "n": Step("network of both sources", "and of the knob, {readability}: three channels in", gives="R",
                      parts=("",)),
            "r": Step("corrected maximum", "max(A, B) + g R, g = 0 in the air", chooses=True),
        },
        Training("real slices and phantoms, no fused image",
                 "scores against the maximum, reading against the average", {
            "fuse": ("edges", "information", "structure", "differences", "levels", "spread", "sharpness", "activity",
                     "anatomy", "contrast"),
        }),
    ),
}  # fmt: skip
