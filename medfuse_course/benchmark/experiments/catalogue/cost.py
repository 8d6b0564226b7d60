"""Challenges of cost: smaller networks, fewer bits, less memory, and what speed is worth."""

from medfuse_course.benchmark.experiments.experiment import Experiment

COST = (
    Experiment(
        name="light_backbones",
        title="One fuser with four kinds of blocks: parameters, multiply-adds, memory, time and quality",
        hypothesis="Light blocks (depthwise-separable, inverted residual, channel shuffle) fuse faster and as well.",
        baseline="The plain blocks with fewer channels: as many parameters as the depthwise-separable network; and "
        "the pixelwise maximum, where all networks begin.",
        measure="Time over that of the plain network, same run, and memory (lower); Qabf, SSIM, lesions (higher).",
        expected="Seven to eleven times fewer parameters, less than twice as fast, more memory; quality within 0.01. "
        "Times of untrained networks were known, and one short training of each of two.",
        falsified="A light network is at least three times faster; or none is faster than the narrow one is.",
        arms=("maximum", "laplacian_pyramid", "plain", "separable", "inverted", "shuffle", "narrow"),
        row="BackboneRow",
        minutes=2,
        sample=("narrow", 0),
        tolerance=0.05,
        untrained=("maximum", "laplacian_pyramid"),
    ),
    Experiment(
        name="distillation",
        title="A student of 113 numbers: taught by a teacher, or trained for as long alone",
        hypothesis="A student that looks at a teacher's image or features fuses better than one trained alone.",
        baseline="The student alone for nearly as long as teacher and student take together; the pixelwise "
        "maximum and the Laplacian pyramid.",
        measure="Qabf, SSIM and contrast of lesions on three heads, MRI and CT; higher is better.",
        expected="A better Qabf than of the student alone by 0.02; none than of the control. The maximum ahead of "
        "every student in Qabf. One training each of student and teacher, shorter ones, was known.",
        falsified="The interval of taught minus control, seed by seed, lies above 0 in Qabf or in SSIM.",
        arms=(
            "maximum", "laplacian_pyramid", "readable_fusion", "teacher", "alone", "long", "output", "feature",
            "readable", "on_maximum", "larger: long", "larger: output",
        ),
        row="StudentRow",
        minutes=3,
        sample=("alone", 0),
        tolerance=0.05,
        untrained=("maximum", "laplacian_pyramid", "readable_fusion"),
    ),
    Experiment(
        name="pruning",
        title="Weights set to zero, channels taken away, and a network born small",
        hypothesis="Most numbers of a trained fuser can go: it gets smaller and faster, and fuses as well.",
        baseline="A network of the smaller size, trained from the start for as long; the pixelwise maximum.",
        measure="Bytes of the file, raw and zipped, and time over that of the dense network (lower); Qabf, SSIM, "
        "contrast of lesions (higher).",
        expected="Zeros change neither bytes nor time; four fifths can go if training goes on, half if not. The "
        "network born small is as good. No trained network had been pruned before this was written.",
        falsified="Masked networks are a tenth faster; or pruned and tuned ones are ahead of those born small.",
        arms=(
            "maximum", "laplacian_pyramid", "dense", "weights", "weights_tuned", "channels", "channels_tuned",
            "born_small",
        ),
        row="PrunedRow",
        minutes=2,
        sample=("dense", 0),
        tolerance=0.05,
        untrained=("maximum", "laplacian_pyramid"),
    ),
    Experiment(
        name="regions_first",
        title="Regions first: a detector, a good fuser where it points, a cheap one elsewhere",
        hypothesis="A detector in front of the fuser saves most of the work, and a reader loses nothing: the lesions "
        "lie in its regions.",
        baseline="SUV from 2.5 anywhere in the body; and the good fuser on the whole image.",
        measure="Lesions wholly within regions (higher), pixels computed with margins (lower), lesion contrast as a "
        "share of that of the good fuser on the whole image (higher).",
        expected="The network's regions hold nine lesions in ten and cost a third of the image; heart and liver make "
        "SUV alone cost more. A missed lesion keeps half of its contrast.",
        falsified="Within the pixels of half an image, no detector's regions hold 95 % of the lesions.",
        arms=("nothing", "hot", "hot, coarse", "hot in the lung", "network", "oracle"),
        row="RegionRow",
        minutes=13,
        sample=("nothing", 0),
    ),
    Experiment(
        name="quantization",
        title="A low-dose PET network in eight bits, calibrated with and without a hot lesion",
        hypothesis="In int8 a hot lesion is cut off unless the calibration set had one; a percentile cuts more.",
        baseline="bfloat16, which needs no calibration; int8 in the convolutions only, the image itself in float32.",
        measure="Mean SUV of the lesion against float32 and against the truth (0 best); saturated pixels; error.",
        expected="Cold sets: more than 2 SUV lost of 14; hot ones: under 0.1; percentile: 0.5 to 2. Two chests had "
        "been looked at.",
        falsified="Cold sets lose less than 0.5 SUV of 14, or the percentile keeps as much as min-max.",
        arms=(
            "float32",
            "bfloat16",
            "cold_minmax",
            "cold_percentile",
            "hot_minmax",
            "hot_percentile",
            "cold_convolutions",
            "hot_convolutions",
        ),
        row="QuantizationRow",
        minutes=2,
        sample=("float32", 0),
        untrained=("float32", "bfloat16"),
    ),
)  # fmt: skip
