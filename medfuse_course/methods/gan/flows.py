"""What the adversarial methods do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.gan"
_PAIRS = "pairs of phantoms, no fused image"

_UNPAIRED = "MRI of some heads, CT of others, 8 % larger"
_COARSER = Step("coarser grid", "4 x 4 pixels become one")
_FINER = Step("finer grid", "linear between pixels")


def _both_ways(*terms: str, phases: tuple[str, ...] = ("translation",)) -> dict[str, tuple[str, ...]]:
    """Terms of both generators, which come domain by domain, and of both discriminators, in every phase."""
    asked = tuple(f"{term} {domain}" for domain in "ba" for term in ("fool", *terms))
    return dict.fromkeys(phases, (*asked, "judge a", "judge b"))


def _low_dose(training: Training) -> Flow:
    """A network draws what is added to the middle slice, where values vary."""
    return Flow(
        "a au r f",
        {
            "a": Step("low-dose PET", "a slice, or three", gives="SUV / 20"),
            "u": Step("U-Net", "what is to be added", parts=("unet",)),
            "r": Step("add it to the middle slice", "where values vary", code=f"{_HERE}.lowdose_gan:unevenness"),
            "f": Step("enhanced PET"),
        },
        training,
    )


FLOWS: dict[str, Flow] = {
    "fusiongan": Flow(
        "ab n f",
        {
            "a": Step("source A, of edges", gives="A"),
            "b": Step("source B, of brightness", gives="B"),
            "n": Step("five convolutions of both sources", "edges repeated by 6 pixels; no rule is written",
                      chooses=True, parts=("",)),
        },
        Training(_PAIRS, "brightness against B, Laplacian against A, and a discriminator that knows A alone", {
            "game": ("discriminator", "generator", "intensity", "gradient", "air"),
        }),
    ),
    "ddcgan": Flow(
        "ab ap tu e d f",
        {
            "a": Step("source A, fine", gives="A"),
            "b": Step("source B", gives="B"),
            "p": Step("make coarse", "twice: mean of 3 x 3, every second pixel", gives="B'",
                      code=f"{_HERE}.ddcgan:coarse"),
            "t": Step("3 x 3 kernel", parts=("of_a",)),
            "u": Step("enlarge four times", "transposed convolution", parts=("of_b",)),
            "e": Step("dense encoder of both", gives="features", chooses=True, parts=("encoder",)),
            "d": Step("decoder", parts=("decoder",)),
        },
        Training(_PAIRS, "coarse brightness against B, gradient against A, and a discriminator for each", {
            "game": ("judge_a", "judge_b", "persuade_a", "persuade_b", "intensity", "gradient"),
        }),
    ),
    "fusegan": Flow(
        "ab aeeb ac2b am2b r f",
        {
            "e": Step("encoder, shared weights", gives="features", parts=("fine", "middle", "coarse")),
            "c": Step("head, in both orders", "the difference of its two answers", gives="confidence",
                      parts=("compare", "to_middle", "to_fine", "last")),
            "m": Step("convolutional CRF", "5 rounds in a window of 7; looks at A and B", gives="M",
                      code="networks.mean_field:mean_field_odds"),
            "r": Step("weighted mean", "M A + (1 - M) B", chooses=True),
        },
        Training("phantoms, each out of focus in places",
                 "the map: by a critic of images and map, and by the true one", {
            "game": ("discriminator", "generator", "map"),
        }),
    ),
    "mfif_gan": Flow(
        "ab aeeb ad2b ap2b r f",
        {
            "e": Step("branch, shared weights", "each color plane alone, then their mean", gives="features",
                      parts=("branch",)),
            "d": Step("decoder", gives="map", parts=("draw",)),
            "p": Step("cut at one half", "small regions turned over", gives="M", code=f"{_HERE}.mfif_gan:decide"),
            "r": Step("choice", "M A + (1 - M) B, M is 0 or 1", chooses=True),
        },
        Training("phantoms whose blurred parts leak over their edge",
                 "the map: by a critic of images and map, and by the true one", {
            "map": ("map",), "game": ("discriminator", "penalty", "generator", "map"),
        }),
    ),
    "cyclegan": Flow(
        "a c e r d u f",
        {
            "a": Step("MRI"),
            "c": _COARSER,
            "e": Step("encoder", "7 x 7, then two of stride 2", gives="features",
                      parts=("generator.1", "generator.4", "generator.7")),
            "r": Step("residual blocks", parts=("generator.10", "generator.11", "generator.12")),
            "d": Step("decoder", "two transposed, then 7 x 7", gives="CT",
                      parts=("generator.13", "generator.16", "generator.20")),
            "u": _FINER,
            "f": Step("synthetic CT"),
        },
        Training(_UNPAIRED, "the CT, and the MRI made of it again", _both_ways("cycle", "identity")),
    ),
    "lowdose_gan": _low_dose(Training(
        "phantoms at four doses", "the full dose, and a discriminator that sees both",
        {"play": ("discriminator", "generator", "l1")},
    )),
    "lowdose_l1": _low_dose(Training("phantoms at four doses", "the full dose", {"imitate": ("l1",)})),
    "dicyc": Flow(
        "a c g u f",
        {
            "a": Step("MRI"),
            "c": _COARSER,
            "g": Step("generator, not deforming", "its offsets and its spline are for the discriminator", gives="CT",
                      parts=("generator",)),
            "u": _FINER,
            "f": Step("synthetic CT"),
        },
        Training(_UNPAIRED, "the deformed CT; both ways back; what the other CT says of the MRI",
                 _both_ways("cycle", "deformed cycle", "align", "identity", phases=("translation", "alignment"))),
    ),
}  # fmt: skip
