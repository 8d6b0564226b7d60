"""Methods x metrics x pairs to a tidy table, and what the table says: means, best, intervals against a baseline.

Comparisons over several trainings are `experiments`.

No figures here (`medfuse_course.plots.benchmark` draws them), no metric and no method either: only the comparison.
"""

from medfuse_course.benchmark.agreement import rank_agreement
from medfuse_course.benchmark.blocks import block_means
from medfuse_course.benchmark.bootstrap import bootstrap_draws, paired_interval, tail_of
from medfuse_course.benchmark.experiments import (
    Experiment,
    describe_experiment,
    experiment_table,
    find_experiment,
    list_experiments,
    run_experiment,
    seed_means,
    shipped_rows,
    with_interval,
)
from medfuse_course.benchmark.factorial import variance_shares
from medfuse_course.benchmark.families import cost, cost_ratio, family_gains, phantom_scores
from medfuse_course.benchmark.measures import without_air
from medfuse_course.benchmark.peers import PEERS, Peer, PictureScores, picture_scores
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.review import Clause, review_references, review_slips, review_table
from medfuse_course.benchmark.run import plan, run_benchmark
from medfuse_course.benchmark.shipped import shipped_table, shipped_timings
from medfuse_course.benchmark.specs import MethodSpec, PairSpec, aanlib_pairs, phantom_pairs
from medfuse_course.benchmark.summary import Comparison, Summary, summarize
from medfuse_course.benchmark.table import read_table, table_text

__all__ = [
    "PEERS",
    "Clause",
    "Comparison",
    "Experiment",
    "MethodSpec",
    "PairSpec",
    "Peer",
    "PictureScores",
    "Results",
    "Row",
    "Summary",
    "aanlib_pairs",
    "block_means",
    "bootstrap_draws",
    "cost",
    "cost_ratio",
    "describe_experiment",
    "experiment_table",
    "family_gains",
    "find_experiment",
    "list_experiments",
    "paired_interval",
    "phantom_pairs",
    "phantom_scores",
    "picture_scores",
    "plan",
    "rank_agreement",
    "read_table",
    "review_references",
    "review_slips",
    "review_table",
    "run_benchmark",
    "run_experiment",
    "seed_means",
    "shipped_rows",
    "shipped_table",
    "shipped_timings",
    "summarize",
    "table_text",
    "tail_of",
    "variance_shares",
    "with_interval",
    "without_air",
]
