"""Notebooks as students hand them in, made in a test's folder."""

import json

import pytest

AUC = """import numpy as np

def auc(scores, wrong):
    bad, good = scores[wrong], scores[~wrong]
    above = (bad[:, None] > good).mean() + 0.5 * (bad[:, None] == good).mean()
    return float(above)

check("metrics.ranking.auc", auc)"""
"""A right answer to an exercise of the page on diffusion, whose check takes no time."""

CHOICE = 'one = "b"\ncheck("methods.remedies.ddfm.one_step", one)'
"""A right answer to another of that page."""


@pytest.fixture
def hand_in(tmp_path):
    """Write a notebook of these cells and give its path."""

    def write(*cells, name="lee.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
        path.write_text(
            json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf8"
        )
        return path

    return write
