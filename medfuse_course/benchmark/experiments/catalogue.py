"""All experiments, declared as data, in the order of the course."""

from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.core.registry import Registry

EXPERIMENTS: Registry[Experiment] = Registry("experiment")

for _experiment in (
    Experiment(
        name="modes",
        title="Adversarial games on points of the plane: what their generators find",
        hypothesis="Wasserstein critics share the modes more evenly than the first GAN; least squares alone do not.",
        baseline="The non-saturating game, with as much time.",
        measure="Modes found, share of good samples (within 3 sigma), imbalance (KL from even shares, in nats).",
        expected="Twelve orderings of pairs of games, listed in the module before this table was made.",
        falsified="An ordering that fails in two seeds of five is said to differ from what was expected.",
        arms=("non_saturating", "lsgan", "wgan", "wgan_gp"),
        row="ModeRow",
        minutes=10,
        sample=("wgan", 0),
        arm_column="game",
        table="mode_table",
    ),
    Experiment(
        name="alignment",
        title="Translations without pairs: how far they move a head",
        hypothesis="CycleGAN draws heads in the size of those it learned from; DiCyc separates shape from appearance.",
        baseline="CycleGAN with the same data, budget and seed.",
        measure="Landmarks of surface and skull in mm, error and contrast of lesions in HU; lower is better.",
        expected="DiCyc has at most a quarter of CycleGAN's landmark error.",
        falsified="A seed in which it has more.",
        arms=("cyclegan", "dicyc", "dicyc_at_once"),
        row="AlignmentRow",
        minutes=8,
        sample=("dicyc", 2),
        tolerance=0.5,
        arm_column="training",
    ),
    Experiment(
        name="low_dose_ct",
        title="Low-dose PET with a CT beside it: right, shifted, of another breath",
        hypothesis="A CT beside the PET helps a network to tell noise from lesions.",
        baseline="The same network without the channel, from the same seed on the same patches.",
        measure="PSNR and SSIM to the scan without noise (higher), bias of uptake, lesions erased and made up (lower).",
        expected="Under 1 dB with the right CT; harm with a wrong one.",
        falsified="An interval of the difference, seed by seed, that holds 0.",
        arms=("lowdose_l1", "lowdose_gan"),
        row="CtRow",
        minutes=5,
        sample=("lowdose_l1", 2),
        tolerance=0.1,
        profile="ship",
        arm_column="network",
    ),
    Experiment(
        name="segmentation",
        title="Lesions marked on CT and PET: where the two meet",
        hypothesis="A network that sees both modalities marks lesions better than one that sees PET alone.",
        baseline="Thresholds of uptake, and one cut with what is dense on the CT.",
        measure="Dice, lesions found by size (higher); regions invented, benign nodules and clots touched (lower).",
        expected="A late meeting helps where a modality is missing; only both tell benign nodules and clots apart.",
        falsified="The rule of ten lines is as good as the networks.",
        arms=(
            "suv_2.5", "suv_4.0", "percent_41", "percent_41_dense", "medfusion_transnet",
            "ct", "pet", "early", "late", "middle", "attention", "unweighted", "fused_first",
        ),
        row="SegmentationRow",
        minutes=15,
        sample=("percent_41_dense", 0),
        untrained=("suv_2.5", "suv_4.0", "percent_41", "percent_41_dense", "medfusion_transnet"),
        arm_column="strategy",
        table="segmentation_table",
    ),
):  # fmt: skip
    EXPERIMENTS.add(_experiment.name, _experiment)
