"""Challenges of the data: two images that do not fit, two centers, few cases, many hospitals."""

from medfuse_course.benchmark.experiments.experiment import Experiment

DATA = (
    Experiment(
        name="registration",
        title="A second image that was moved: brought back by a network or by mutual information, and fused",
        hypothesis="A small network that learned to align brings a moved second image back, better than registration "
        "by mutual information; the fused image is as good as that of the pair that lies right.",
        baseline="Mutual information (SimpleITK), without learning: shift and turn, or a B-spline, too.",
        measure="Landmark error in mm, folded share of the body (lower); SSIM to the right pair's fusion (higher).",
        expected="Up to 6 mm the network leaves less than 1.5 mm, and less than mutual information on deformations.",
        falsified="Mutual information leaves less in each kind of move; or pairs that lay right move by a millimeter.",
        arms=("none", "information_rigid", "information_elastic", "network", "oracle"),
        row="RegistrationRow",
        minutes=8,
        sample=("none", 0),
        untrained=("none", "information_rigid", "information_elastic", "oracle"),
    ),
    Experiment(
        name="shared_features",
        title="Features of two modalities, pulled together: who finds the partner, and what is lost",
        hypothesis="Pulled together by pairs, features of both modalities find their partner, cannot be told apart any "
        "more, and still show lesions.",
        baseline="Means and variances matched, and the gradients of the patches, without any learning.",
        measure="Partner found among 64 (higher), modality told by a small network and by a linear one (0.5 is best), "
        "area under the ROC curve of lesions, linear (higher).",
        expected="Contrastive: half of the partners, modality told in at most 60 %, lesions within 0.05 of none.",
        falsified="Matched moments do the same; or modality is told in more than 75 %; or lesions lose more than 0.05.",
        arms=("none", "moments", "gradients", "coral", "contrastive", "adversarial"),
        row="SharedRow",
        minutes=6,
        sample=("gradients", 0),
        untrained=("gradients",),
    ),
    Experiment(
        name="style_transfer",
        title="Two centers: a network of the one reads what the other scanned, made alike or not",
        hypothesis="A CycleGAN that makes the images of center B look like those of A closes the gap between the two.",
        baseline="Calibrate B; or match mean spectra and histograms of both collections, without any training.",
        measure="Share of the gap closed, in Dice and in SSIM of the fused image (higher); lesions missed, invented, "
        "erased and made up (lower).",
        expected="A third to two thirds of the gap in SSIM, none of that in Dice; the baseline is as good. Lesions off "
        "by more than 10 % although the cycle loses less than 0.03. A made like B came when the rest was known: not "
        "ahead of the match.",
        falsified="The interval of translation minus baseline, seed by seed, does not lie above 0.",
        arms=("home", "untouched", "calibrated", "histogram", "resolution", "a_like_b", "cyclegan", "paired"),
        row="StyleRow",
        minutes=4,
        sample=("histogram", 0),
        tolerance=0.2,
    ),
    Experiment(
        name="simulated_cases",
        title="Simulated cases before real ones: how many they replace, and how wrong a simulator may be",
        hypothesis="Training on a simulator first replaces real pairs of a center; a wrong simulator takes that back.",
        baseline="Real pairs alone: one tuned Gaussian; the same fit of thirty filters, and the same network.",
        measure="Error in the body in SUV (lower) and bias of the uptake of lesions in percent (near 0).",
        expected="Two real pairs after simulation do as well as eight alone (a pilot of one seed was known); wrong "
        "noise costs more than a wrong point spread. A network of painted noise came later, with the fits known: "
        "expected to lose all that the right simulator gains, and four real pairs not to bring that back.",
        falsified="At two and four real pairs the interval of the difference, seed by seed, holds 0.",
        arms=(
            "untouched", "gaussian", "fit: real", "fit: right", "fit: no scatter", "fit: PSF 14 mm", "fit: PSF 21 mm",
            "fit: counts / 4", "fit: counts x 4", "fit: counts x 16", "fit: no lesions", "fit: painted noise",
            "fit: all wrong", "network: real", "network: right", "network: PSF 21 mm", "network: counts x 16",
            "network: no lesions", "network: painted noise",
        ),
        row="SimulatedRow",
        minutes=4,
        sample=("fit: real", 0),
        untrained=("untouched",),
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
        "five were known, so it is no forecast. One arm came later, with a forecast: FedAvg that trains as long as "
        "`largest_long` is ahead of it, in the mean and on E.",
        falsified="The largest center's network, as it is or with scaled images, is as good as FedAvg: the "
        "interval of the difference, seed by seed, holds 0.",
        arms=(
            "pooled", "pooled_long", "local", "smallest", "largest", "largest_long", "largest_scaled", "fedavg",
            "fedavg_long", "fedavg_adapted", "fedavg_scaled", "fedavg_dealt", "fedprox", "fedbn", "fedbn_noise_low",
            "fedbn_noise_high",
        ),
        row="FederatedRow",
        minutes=12,
        sample=("smallest", 0),
        tolerance=0.25,
    ),
)  # fmt: skip
