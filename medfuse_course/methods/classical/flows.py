"""What the classical methods do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step

_HERE = "methods.classical"


def _banded(transform: str, title: str, note: str, back: str = "inverse transform", high: Step | None = None) -> Flow:
    """Transform both images, fuse band by band, transform back; rules are those of the method's own options."""
    module = f"transforms.{transform}"
    return Flow(
        "ab t lh i f",
        {
            "t": Step(title, note, code=f"{module}:analyse"),
            "l": _base("base bands"),
            "h": high or _detail(),
            "i": Step(back, gives="", code=f"{module}:synthesise"),
        },
    )


def _base(takes: str = "") -> Step:
    return Step("{base_rule_name}", "{base_rule_does}", takes, chooses=True, code="methods.rules:{base_rule}")


def _detail(takes: str = "detail bands", note: str = "{rule_does}") -> Step:
    return Step("{rule_name}", note, takes, chooses=True, code="methods.rules:{rule}")


def _mixed(title: str, note: str, slug: str) -> Flow:
    return Flow("ab r f", {"r": Step(title, note, chooses=True, code=f"{_HERE}.{slug}:{slug}")})


def _substituted(slug: str, formula: str) -> Flow:
    """The anatomy in place of the color's intensity."""
    return Flow(
        "ab as r3s i f",
        {
            "a": Step("anatomy, gray", gives="anatomy"),
            "b": Step("source in color"),
            "s": Step("intensity I", "(R + G + B) / 3", gives="I, RGB"),
            "r": Step("new intensity I'", "{intensity}: the anatomy", chooses=True,
                      code="methods.substitution:new_intensity"),
            "i": Step("new color", formula, code=f"{_HERE}.{slug}:{slug}"),
        },
    )  # fmt: skip


FLOWS = {
    "average": _mixed("weighted mean", "w A + (1 - w) B, w = {weight}", "average"),
    "maximum": _mixed("the brighter pixel", "max(A, B)", "maximum"),
    "pca": Flow(
        "ab am4b r f",
        {
            "m": Step("2 x 2 covariance", "leading eigenvector", gives="w", code=f"{_HERE}.pca:pca_weight"),
            "r": Step("weighted mean", "w A + (1 - w) B", chooses=True, code=f"{_HERE}.pca:pca"),
        },
    ),
    "laplacian_pyramid": _banded(
        "pyramid", "Laplacian pyramid", "{levels} levels: a level less the next, expanded", "add up the levels"
    ),
    "contrast_pyramid": _banded(
        "contrast_pyramid", "contrast pyramid", "{levels} levels: a level over the next, expanded",
        "multiply the levels",
    ),
    "gradient_pyramid": _banded(
        "gradient_pyramid", "gradient pyramid", "{levels} levels, 4 directions", "integrate, nearly exact"
    ),
    "dwt": _banded("dwt", "discrete wavelet transform", "{wavelet}, {levels} levels, 3 directions; thinned out"),
    "swt": _banded("swt", "stationary wavelet transform", "{wavelet}, {levels} levels, 3 directions; full size"),
    "dtcwt": _banded(
        "dtcwt", "dual-tree complex wavelet transform", "{levels} levels, 6 complex directions; thinned out",
        high=_detail(note="larger magnitude"),
    ),
    "nsct": _banded(
        "nsct", "nonsubsampled contourlet transform", "{levels} levels: {directions} wedges; mirrored border"
    ),
    "nsst": _banded(
        "nsst", "nonsubsampled shearlet transform", "{levels} levels: {directions} shears; mirrored border"
    ),
    "complex_shearlet": _banded(
        "complex_shearlet", "complex shearlet transform",
        "{levels} levels: {directions} shears; mirrored border",
        high=_detail(note="larger magnitude"),
    ),
    "pulse_coupled": _banded(
        "nsst", "nonsubsampled shearlet transform", "{levels} levels: {directions} shears; mirrored border",
        high=Step("more firings", "pulse-coupled neurons, {iterations} rounds", "detail bands", chooses=True,
                  code=f"{_HERE}.pulse_coupled:more_firings"),
    ),
    "guided_filter": Flow(
        "ab = ms gs = lh i f",
        {
            "m": Step("who is salient?", "Laplacian, blurred", gives="0 or 1",
                      code=f"{_HERE}.guided_filter:leader"),
            "g": Step("guided filters", "guided by A and B; radius {base_radius} and {detail_radius}",
                      code=f"{_HERE}.guided_filter:refine"),
            "s": Step("base and detail", "31 x 31 mean, the rest", gives="layers"),
            "l": Step("weighted mean", "smooth weights", "bases", chooses=True),
            "h": Step("weighted mean", "weights with edges", "details", chooses=True),
            "i": Step("add the layers", code=f"{_HERE}.guided_filter:guided_filter"),
        },
    ),
    "sparse_representation": Flow(
        "ab cc r i f",
        {
            "c": Step("sparse code of each patch", "{patch} x {patch} pixels less their mean, at most {atoms} atoms",
                      gives="codes", code="transforms.sparse_coding:orthogonal_matching_pursuit"),
            "r": Step("the larger code", "by Σ |c|; its patch comes with its mean", chooses=True,
                      code="methods.rules:pick"),
            "i": Step("average of overlapping patches", code="transforms.sparse_coding:average_patches"),
        },
    ),
    "tight_frame": Flow(
        "ab am4b t lh i f",
        {
            "m": Step("learn filters", "from this pair", gives="filters", code="transforms.tight_frame:learn"),
            "t": Step("tight frame", "{size} x {size} pixels a filter; full size",
                      code="transforms.tight_frame:analyse"),
            "l": _base("the mean filter's band"),
            "h": _detail("other bands"),
            "i": Step("inverse transform", code="transforms.tight_frame:synthesise"),
        },
    ),
    "ihs": _substituted("ihs", "RGB + (I' - I)"),
    "brovey": _substituted("brovey", "RGB x I' / I"),
    "gaussian_denoise": Flow(
        "a r f",
        {
            "a": Step("low-dose PET"),
            "r": Step("Gaussian mean", "{fwhm} pixels wide at half maximum", code="physics.point_spread:gaussian_blur"),
            "f": Step("enhanced PET"),
        },
    ),
    "nonlocal_means": Flow(
        "a an r f",
        {
            "a": Step("low-dose PET", gives="PET"),
            "n": Step("noise level", "what a coarse blur takes away", gives="sigma",
                      code=f"{_HERE}.nonlocal_means:noise_level"),
            "r": Step("mean of pixels whose patches look alike", "{patch} x {patch} patches, {distance} pixels around",
                      code=f"{_HERE}.nonlocal_means:nonlocal_means"),
            "f": Step("enhanced PET"),
        },
    ),
    "regression_synthesis": Flow(
        "a d kn v f",
        {
            "a": Step("MRI"),
            "d": Step("describe each pixel", "brightness, gradient, extremes, depth", gives="7 features",
                      code=f"{_HERE}.regression_synthesis:describe"),
            "k": Step("{neighbors} nearest pixels", "of phantom heads, with their CT"),
            "n": Step("far from the head", "air"),
            "v": Step("mean of their CT numbers", code=f"{_HERE}.regression_synthesis:regression_synthesis"),
            "f": Step("synthetic CT"),
        },
    ),
    "threshold_segmentation": Flow(
        "ab lb c r f",
        {
            "a": Step("CT"),
            "b": Step("PET", gives="PET"),
            "l": Step("the lungs", "enclosed air, closed over lesions", code=f"{_HERE}.threshold_segmentation:lungs"),
            "c": Step("candidates", "SUV from {threshold} on, in the lungs", chooses=True),
            "r": Step("region around each maximum", "from {fraction} of it on; at least {smallest} pixels",
                      code=f"{_HERE}.threshold_segmentation:threshold_segmentation"),
            "f": Step("mask of lesions"),
        },
    ),
}  # fmt: skip
