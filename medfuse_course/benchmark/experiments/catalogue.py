"""All experiments, declared as data, in the order of the course."""

from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.core.registry import Registry

EXPERIMENTS: Registry[Experiment] = Registry("experiment")

for _experiment in (
    Experiment(
        name="modes",
        title="Adversarial games on points of the plane, and diffusion beside them: what they find",
        hypothesis="Wasserstein critics share the modes more evenly than the first GAN; least squares alone do not.",
        baseline="The non-saturating game, with as much time.",
        measure="Modes found, share of good samples (within 3 sigma), imbalance (KL from even shares, in nats).",
        expected="Fifteen orderings of pairs, listed in the module before this table was made.",
        falsified="An ordering that fails in two seeds of five is said to differ from what was expected.",
        arms=("non_saturating", "lsgan", "wgan", "wgan_gp", "ddpm"),
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
    Experiment(
        name="simulated_cases",
        title="Simulated cases before real ones: how many they replace, and how wrong a simulator may be",
        hypothesis="Training on a simulator first replaces real pairs of a center; a wrong simulator takes that back.",
        baseline="Real pairs alone: one tuned Gaussian; the same fit of thirty filters, and the same network.",
        measure="Error in the body in SUV (lower) and bias of the uptake of lesions in percent (near 0).",
        expected="Two real pairs after simulation do as well as eight alone (a pilot of one seed was known); wrong "
        "noise costs more than a wrong point spread.",
        falsified="At two and four real pairs the interval of the difference, seed by seed, holds 0.",
        arms=(
            "untouched", "gaussian", "fit: real", "fit: right", "fit: no scatter", "fit: PSF 14 mm", "fit: PSF 21 mm",
            "fit: counts / 4", "fit: counts x 4", "fit: counts x 16", "fit: no lesions", "fit: painted noise",
            "fit: all wrong", "network: real", "network: right",
        ),
        row="SimulatedRow",
        minutes=3,
        sample=("fit: real", 0),
        untrained=("untouched",),
    ),
    Experiment(
        name="diffusion_fusion",
        title="Fusion by diffusion: what steps buy, what the prior adds, what the spread over draws is worth",
        hypothesis="A diffusion prior fuses better than rules, more steps help, and it is wrong where draws differ.",
        baseline="The same walk with a blur or with nothing for a network; four plain methods; |a - b| for the spread.",
        measure="Pairs: Qabf and SSIM, higher. Views of a known slice: RMSE, lower; AUC of wrong pixels, higher.",
        expected="RMSE of views a tenth under the average's; no gain after 25 steps; AUC 0.05 above that of |a - b|.",
        falsified="A walk without the network has no larger RMSE; |a - b| ranks wrong pixels as well as the spread.",
        arms=(
            "average", "maximum", "pyramid", "network", "em", "none", "none_straight", "blur", "blur_straight",
            "ddfm_5", "ddfm_10", "ddfm_25", "ddfm_50", "ddfm_100", "straight",
        ),
        row="DiffusionRow",
        minutes=8,
        sample=("ddfm_5", 0),
        tolerance=0.05,
    ),
    Experiment(
        name="federated_learning",
        title="Four unequal centers learn to mark lesions: alone, together, or on one pile",
        hypothesis="A federation marks lesions as well as the pile of all patients, and better than each center alone; "
        "where scanners differ, batch normalization that stays at home helps.",
        baseline="The largest center's network for everybody; the same with each center's images on its own scale.",
        measure="Dice on ten patients in each center: mean and worst of the four, and a fifth that trains nothing; "
        "higher is better. Rounds to 95 % of the pile and bytes sent; lower is better.",
        expected="As the literature has it: FedAvg near the pile, FedBN above FedAvg. Written down when two seeds of "
        "five were known, so it is no forecast.",
        falsified="The largest center's network, as it is or with scaled images, is as good as FedAvg: the "
        "interval of the difference, seed by seed, holds 0.",
        arms=(
            "pooled", "pooled_long", "local", "smallest", "largest", "largest_long", "largest_scaled", "fedavg",
            "fedavg_adapted", "fedavg_scaled", "fedavg_dealt", "fedprox", "fedbn", "fedbn_noise_low",
            "fedbn_noise_high",
        ),
        row="FederatedRow",
        minutes=11,
        sample=("smallest", 0),
        tolerance=0.25,
    ),
):  # fmt: skip
    EXPERIMENTS.add(_experiment.name, _experiment)
