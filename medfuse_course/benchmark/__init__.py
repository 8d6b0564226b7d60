"""Methods x metrics x pairs to a tidy table, and what the table says: means, best, intervals against a baseline.

No figures here (`medfuse_course.plots.benchmark` draws them), no metric and no method either: only the comparison.
"""

from medfuse_course.benchmark.bootstrap import paired_interval
from medfuse_course.benchmark.factorial import variance_shares
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.run import plan, run_benchmark
from medfuse_course.benchmark.specs import MethodSpec, PairSpec, aanlib_pairs, phantom_pairs
from medfuse_course.benchmark.summary import Comparison, Summary, summarize
from medfuse_course.benchmark.table import read_table, table_text

__all__ = [
    "Comparison",
    "MethodSpec",
    "PairSpec",
    "Results",
    "Row",
    "Summary",
    "aanlib_pairs",
    "paired_interval",
    "phantom_pairs",
    "plan",
    "read_table",
    "run_benchmark",
    "summarize",
    "table_text",
    "variance_shares",
]
