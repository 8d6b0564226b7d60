"""The table of values of the thorax: every number within what its source gives."""

import numpy as np
import pytest

from medfuse_course.datasets.thorax.tissues import LABEL_NAMES, LABELS, TISSUES, values


@pytest.mark.parametrize(
    # Prokop 2003 and common teaching; see the module's docstring.
    ("tissue", "low", "high"),
    [
        ("air", -1000, -1000), ("airway", -1000, -1000), ("lung", -850, -700), ("blood", 40, 60),
        ("heart muscle", 40, 60), ("liver", 50, 60), ("spleen", 40, 60), ("muscle", 40, 60), ("fat", -110, -90),
        ("compact bone", 300, 1000), ("spongy bone", 300, 1000), ("lesion", 20, 60),
    ],
)  # fmt: skip
def test_ct_numbers(tissue, low, high):
    assert low <= values("hu")[LABELS[tissue]] <= high


@pytest.mark.parametrize(
    # Wang et al. 2007, Paquet et al. 2004.
    ("tissue", "low", "high"),
    [
        ("air", 0, 0), ("airway", 0, 0), ("lung", 0.4, 0.7), ("blood", 1.5, 2), ("liver", 2, 2.5), ("spleen", 1.5, 2.5),
        ("spongy bone", 1, 1.5), ("muscle", 0.5, 1), ("fat", 0.1, 0.5), ("lesion", 3, 15),
    ],
)  # fmt: skip
def test_uptakes(tissue, low, high):
    assert low <= values("fdg")[LABELS[tissue]] <= high


def test_names_and_numbers():
    assert LABELS["air"] == 0 and LABEL_NAMES[LABELS["liver"]] == "liver"
    assert len(LABELS) == len(TISSUES) and np.isfinite(values("hu")).all()
