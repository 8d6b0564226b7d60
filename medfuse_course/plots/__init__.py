"""Pure functions that build figures: they compute only the picture, and import plotly or matplotlib when called."""

from medfuse_course.plots import style
from medfuse_course.plots.bands import band_images
from medfuse_course.plots.benchmark import describe_dots, difference_dots
from medfuse_course.plots.charts import line_profile
from medfuse_course.plots.flowcharts import flowchart
from medfuse_course.plots.images import show_images, signed_to_gray
from medfuse_course.plots.panels import render_panels
from medfuse_course.plots.studies import curves, dot_rows, trade_off
from medfuse_course.plots.training import training_curves
from medfuse_course.plots.verdicts import clause_cards, mark_of, verdict_table

__all__ = [
    "band_images",
    "clause_cards",
    "curves",
    "describe_dots",
    "difference_dots",
    "dot_rows",
    "flowchart",
    "line_profile",
    "mark_of",
    "render_panels",
    "show_images",
    "signed_to_gray",
    "style",
    "trade_off",
    "training_curves",
    "verdict_table",
]
