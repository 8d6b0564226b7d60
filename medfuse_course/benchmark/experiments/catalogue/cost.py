"""Challenges of cost: smaller networks, fewer bits, less memory, and what speed is worth."""

from medfuse_course.benchmark.experiments.experiment import Experiment

COST: tuple[Experiment, ...] = ()
