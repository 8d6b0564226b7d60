"""The dot plot of a benchmark."""

import re
from itertools import pairwise

import pytest

from medfuse_course.benchmark import Results, summarize
from medfuse_course.plots.benchmark import MARKERS, describe_dots, difference_dots
from tests.benchmark.helpers import over_seeds

BASE = [0.3, 0.5, 0.4, 0.6, 0.2]
JITTER = [0.01, -0.01, 0.03, -0.02, 0.0]  # skewed, and so are the intervals


def shifted(by):
    return [b + by + j for b, j in zip(BASE, JITTER, strict=True)]


METHODS = {"average": shifted(0.25), "pca": shifted(-0.1), "laplacian_pyramid:levels=5": shifted(0)}
SUMMARY = summarize(
    Results(tuple(r for slug in ("ssim", "nabf", "en") for r in over_seeds(slug, **{"maximum": BASE, **METHODS}).rows))
)
ALT = "Three panels of dots with intervals"


def panel(figure, number):
    """Method to the trace that draws it and its place there."""
    axis = "x" if number == 0 else f"x{number + 1}"
    return {
        name.split("<br>")[0]: (trace, place)
        for trace in figure.data
        if trace.xaxis == axis
        for place, name in enumerate(trace.y or ())
        if name is not None
    }


def test_a_dot_stands_at_the_difference_and_its_line_spans_the_interval():
    figure = difference_dots(SUMMARY, alt=ALT)
    for number, slug in enumerate(("ssim", "nabf", "en")):
        for method, (trace, place) in panel(figure, number).items():
            found = SUMMARY.of("head/mri-ct", next(m for m in METHODS if m.startswith(method)), slug)
            assert trace.x[place] == found.difference
            assert trace.x[place] + trace.error_x.array[place] == pytest.approx(found.high)
            assert trace.x[place] - trace.error_x.arrayminus[place] == pytest.approx(found.low)
        assert len(panel(figure, number)) == 3


def test_the_verdict_is_told_by_shape_and_color():
    figure = difference_dots(SUMMARY, alt=ALT)
    shapes = {m: trace.marker.symbol for m, (trace, _) in panel(figure, 0).items()}
    assert shapes == {"average": "circle", "pca": "diamond", "laplacian_pyramid": "circle-open"}
    assert {m: t.marker.symbol for m, (t, _) in panel(figure, 1).items()} == {
        "average": "diamond", "pca": "circle", "laplacian_pyramid": "circle-open",
    }  # fmt: skip
    assert {t.marker.symbol for t, _ in panel(figure, 2).values()} == {"square-open"}
    assert [t.name for t in figure.data if t.showlegend is not False] == ["better", "worse", "undecided", "not judged"]


def test_the_baseline_is_in_every_panel():
    figure = difference_dots(SUMMARY, alt=ALT, columns=2)
    for axis in (figure.layout.xaxis, figure.layout.xaxis2, figure.layout.xaxis3):
        assert axis.range[0] < 0 < axis.range[1]
    assert figure.layout.legend.title.text == "difference from maximum:"
    assert [a.text for a in figure.layout.annotations] == ["SSIM ↑", "Nabf ↓", "EN"]


def test_side_by_side_a_panel_has_zero_and_one_number_on_a_side_or_both():
    layout = difference_dots(SUMMARY, alt=ALT, columns=2).layout
    for axis in (layout.xaxis, layout.xaxis2):
        (low, high), numbers = axis.range, axis.tickvals
        assert 0 in numbers and 2 <= len(numbers) <= 3
        assert all(low <= number <= high for number in numbers)
        assert max(map(abs, numbers)) > 0.35 * max(-low, high)
    assert difference_dots(SUMMARY, alt=ALT).layout.xaxis.tickvals is None


def test_no_interval_no_line():
    few = summarize(over_seeds(maximum=BASE[:3], average=[0.5, 0.6, 0.7]))
    dots = [trace for trace in difference_dots(few, alt=ALT).data if trace.error_x.array]
    assert dots and all(trace.error_x.array == (None,) for trace in dots)


def test_figures_of_the_same_methods_have_one_shape_whatever_the_verdicts():
    figure = difference_dots(SUMMARY, alt=ALT)
    panels = len(figure.layout.annotations)
    assert len(figure.data) == len(MARKERS) * (panels + 1)  # and the legend
    few = summarize(over_seeds(maximum=BASE[:3], average=[0.5, 0.6, 0.7]))
    named = [trace.name for trace in difference_dots(few, alt=ALT).data if trace.showlegend is not False]
    assert named == ["not judged"]


def test_panels_do_not_overlap():
    figure = difference_dots(SUMMARY, alt=ALT)
    domains = [figure.layout[name].domain for name in ("yaxis", "yaxis2", "yaxis3")]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert all(0 <= low < high <= 1 for low, high in domains)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize(
    ("methods", "lines"),
    [
        (["average", "pca"], 1),
        (["average", "laplacian_pyramid:levels=5", "laplacian_pyramid:levels=6"], 2),
        (["laplacian_pyramid:base=average,levels=5", "laplacian_pyramid:base=average,levels=6"], 3),
    ],
)
def test_a_row_has_room_for_all_lines_of_its_label(methods, lines, columns):
    values = {method: shifted(0.1 * k) for k, method in enumerate(methods)}
    rows = tuple(r for slug in ("ssim", "nabf", "en") for r in over_seeds(slug, maximum=BASE, **values).rows)
    figure = difference_dots(summarize(Results(rows)), alt=ALT, columns=columns)
    axis, margin = figure.layout.yaxis, figure.layout.margin
    high = (axis.domain[1] - axis.domain[0]) * (figure.layout.height - margin.t - margin.b)
    assert max(label.count("<br>") + 1 for label in axis.categoryarray) == lines
    row = high / (axis.range[1] - axis.range[0])
    assert round(row, 6) >= max(30, 17 * lines + 4)  # plotly: 1.3 times 13 px a line


def test_the_description_says_who_is_better_in_what():
    assert describe_dots(SUMMARY) == (
        "Differences from maximum on head/mri-ct, over 5 seeds: average is better in SSIM and worse in Nabf; "
        "pca is better in Nabf and worse in SSIM; "
        "laplacian_pyramid:levels=5 is neither better nor worse in any judged metric."
    )
    assert difference_dots(SUMMARY, alt=describe_dots(SUMMARY)).layout.meta["alt"] == describe_dots(SUMMARY)


@pytest.mark.parametrize(
    ("summary", "arguments", "words"),
    [
        (summarize(over_seeds(maximum=BASE), baseline=None), {}, "summary: expected one with a baseline"),
        (summarize(over_seeds(maximum=BASE)), {}, "expected a method beside the baseline 'maximum'"),
        (SUMMARY, {"pair": "head/mri-pet"}, "pair: expected one of head/mri-ct, got 'head/mri-pet'"),
        (SUMMARY, {"alt": "dots"}, "alt: expected at least"),
        (SUMMARY, {"columns": 0}, "columns: expected a positive integer"),
    ],
)
def test_what_is_wrong_is_said(summary, arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        difference_dots(summary, **{"alt": ALT, **arguments})


def test_what_has_too_few_subjects_is_not_judged():
    few = summarize(over_seeds("ssim", maximum=BASE[:3], average=shifted(0.25)[:3]))
    assert describe_dots(few).endswith("over 3 seeds: average is not judged.")
