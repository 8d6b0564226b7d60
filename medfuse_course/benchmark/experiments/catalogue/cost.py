"""Challenges of cost: smaller networks, fewer bits, less memory, and what speed is worth."""

from medfuse_course.benchmark.experiments.experiment import Experiment

COST: tuple[Experiment, ...] = (
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
)
