"""All experiments, declared as data, in the order of the course: a file for each group of chapters."""

from medfuse_course.benchmark.experiments.catalogue.cost import COST
from medfuse_course.benchmark.experiments.catalogue.data import DATA
from medfuse_course.benchmark.experiments.catalogue.systems import SYSTEMS
from medfuse_course.benchmark.experiments.catalogue.training import TRAINING
from medfuse_course.benchmark.experiments.experiment import Experiment
from medfuse_course.core.registry import Registry

EXPERIMENTS: Registry[Experiment] = Registry("experiment")

for _experiment in (*SYSTEMS, *DATA, *TRAINING, *COST):
    EXPERIMENTS.add(_experiment.name, _experiment)
