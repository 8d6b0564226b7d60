"""Methods x metrics x pairs to a tidy table, and what the table says: means, best, intervals against a baseline.

No figures here (`medfuse_course.plots.benchmark` draws them), no metric and no method either: only the comparison.
"""

from medfuse_course.benchmark.alignment import (
    AlignmentRow,
    alignment_rows,
    lesion_contrasts,
    tried_heads,
    try_synthesis,
)
from medfuse_course.benchmark.blocks import block_means
from medfuse_course.benchmark.bootstrap import bootstrap_draws, paired_interval, tail_of
from medfuse_course.benchmark.factorial import variance_shares
from medfuse_course.benchmark.lesion_table import SegmentationRow, lesion_means, segmentation_table
from medfuse_course.benchmark.low_dose_ct import CtRow, ct_rows
from medfuse_course.benchmark.measures import without_air
from medfuse_course.benchmark.modes import ModeRow, mode_rows, mode_table
from medfuse_course.benchmark.results import Results, Row
from medfuse_course.benchmark.run import plan, run_benchmark
from medfuse_course.benchmark.segmentation import judge_mask, segmentation_rows, tried_patient
from medfuse_course.benchmark.shipped import (
    shipped_alignment,
    shipped_ct_rows,
    shipped_modes,
    shipped_segmentation,
    shipped_table,
    shipped_timings,
)
from medfuse_course.benchmark.specs import MethodSpec, PairSpec, aanlib_pairs, phantom_pairs
from medfuse_course.benchmark.summary import Comparison, Summary, summarize
from medfuse_course.benchmark.table import read_table, table_text

__all__ = [
    "AlignmentRow",
    "Comparison",
    "CtRow",
    "MethodSpec",
    "ModeRow",
    "PairSpec",
    "Results",
    "Row",
    "SegmentationRow",
    "Summary",
    "aanlib_pairs",
    "alignment_rows",
    "block_means",
    "bootstrap_draws",
    "ct_rows",
    "judge_mask",
    "lesion_contrasts",
    "lesion_means",
    "mode_rows",
    "mode_table",
    "paired_interval",
    "phantom_pairs",
    "plan",
    "read_table",
    "run_benchmark",
    "segmentation_rows",
    "segmentation_table",
    "shipped_alignment",
    "shipped_ct_rows",
    "shipped_modes",
    "shipped_segmentation",
    "shipped_table",
    "shipped_timings",
    "summarize",
    "table_text",
    "tail_of",
    "tried_heads",
    "tried_patient",
    "try_synthesis",
    "variance_shares",
    "without_air",
]
