"""Challenges of the training: diffusion, what steadies a game, what a loss may know of physics and anatomy."""

from medfuse_course.benchmark.experiments.experiment import Experiment

TRAINING = (
    Experiment(
        name="diffusion_fusion",
        title="Fusion by diffusion: what steps buy, what the prior adds, what the spread over draws is worth",
        hypothesis="A diffusion prior fuses better than rules, more steps help, and it is wrong where draws differ.",
        baseline="The same walk with a blur or with nothing for a network; four plain methods; |a - b| for the spread.",
        measure="Pairs: Qabf and SSIM, higher. Views of a known slice: RMSE, lower; AUC of wrong pixels, higher.",
        expected="RMSE of views a tenth under the average's; no gain after 25 steps; AUC 0.05 above that of |a - b|. "
        "What chooses came later, after a look at other views: a third under the average, by the prior and by heads.",
        falsified="A walk without the network has no larger RMSE; |a - b| ranks wrong pixels as well as the spread.",
        arms=(
            "average", "maximum", "pyramid", "network", "em", "none", "none_straight", "blur", "blur_straight",
            "ddfm_5", "ddfm_10", "ddfm_25", "ddfm_50", "ddfm_100", "straight", "chosen",
            "chosen_median", "chosen_heads",
        ),
        row="DiffusionRow",
        minutes=8,
        sample=("ddfm_5", 0),
        tolerance=0.05,
    ),
    Experiment(
        name="physical_loss",
        title="Low-dose PET with a loss that knows the scanner: counts explained, no uptake in air",
        hypothesis="Joint physical terms of CT and PET in the loss keep a network from invented uptake and from bias.",
        baseline="Plain L1; L1 cut with the CT's body and scaled to the counts; a reconstruction that sees the CT.",
        measure="Error in SUV, activity in air, bias deep, near the skin and at the dome, counts (0 best); contrast.",
        expected="A tenth less error than plain L1 (a pilot of one seed was known), half of its bias; with a wrong CT "
        "a colder dome.",
        falsified="L1 cut and scaled by hand is as good in air and counts, and no worse in error.",
        arms=("low_dose", "filtered", "kernel_em", "l1", "l1_by_hand", "joint", "counts_only"),
        row="PhysicalRow",
        minutes=7,
        sample=("kernel_em", 0),
        untrained=("low_dose", "filtered", "kernel_em"),
    ),
    Experiment(
        name="anatomical_consistency",
        title="Fusion of CT and PET that is told to keep the organs",
        hypothesis="A frozen network that marks organs, asked in the loss, keeps the CT's anatomy in fused images.",
        baseline="Plain fusion, each organ of which is multiplied until its mean is that of the PET.",
        measure="Dice by the asked network and by another one (higher), Hausdorff 95, error of organ means (lower).",
        expected="Dice near that on the CT itself; half of it by the other network; a hot lesion in the liver fades.",
        falsified="The other network sees no gain, or rescaling by hand has the smaller error of organ means.",
        arms=("ct", "pet", "average", "plain", "by_hand", "organs", "means"),
        row="OrganRow",
        minutes=4,
        sample=("pet", 1),
        tolerance=0.5,
    ),
    Experiment(
        name="structural_consistency",
        title="A fusion GAN that is asked for the edges of the anatomy",
        hypothesis="The term makes a fusion GAN invent fewer edges, and its trainings differ less.",
        baseline="The same network that does not hear the discriminator; the pixelwise maximum.",
        measure=(
            "Edges made up, missed, and copied from the blur of the PET; gray levels between two trainings (lower); "
            "contrast of lesions (higher)."
        ),
        expected="A quarter fewer edges made up, a third less between trainings. Weight 100 and full SSIM came later.",
        falsified="Either does not fall, or the blur of the PET is copied as edges more often.",
        arms=("maximum", "formula", "gan_0", "gan_10", "alone_0", "gan_100", "full_10", "full_100"),
        row="StructureRow",
        minutes=4,
        sample=("gan_10", 0),
        tolerance=0.1,
        untrained=("maximum", "formula"),
    ),
    Experiment(
        name="balance",
        title="How often, and how fast, a discriminator learns",
        hypothesis="A discriminator that learns more often, or faster, than its generator steadies the game.",
        baseline="One turn each at one rate; and a lower rate for both, which any change should be compared with.",
        measure="Modes found, share of good samples (higher), imbalance in nats (lower); how the game stands.",
        expected="Half of the imbalance, with as many updates in all.",
        falsified="An interval of the difference in imbalance, seed by seed, that holds 0.",
        arms=("one_to_one", "five_to_one", "two_rates", "slow"),
        row="BalanceRow",
        minutes=3,
        sample=("one_to_one", 0),
        tolerance=0.2,
    ),
)  # fmt: skip
