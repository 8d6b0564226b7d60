"""Tables as a reader sees them."""

import math
import re
from xml.etree import ElementTree

import markdown_it
import pytest

from medfuse_course.benchmark import Results, summarize
from medfuse_course.benchmark.rendering import decimals_for
from tests.benchmark.helpers import over_seeds, row


def both(one, other):
    return Results(one.rows + other.rows)


BASE = [0.3, 0.5, 0.4, 0.6, 0.2]
RESULTS = both(
    over_seeds("ssim", maximum=BASE, average=[b + 0.25 for b in BASE]),
    over_seeds("en", maximum=[4.0] * 5, average=[3.0] * 5),
)


def test_markdown_word_for_word():
    text = summarize(RESULTS).to_markdown()
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables == [
        "| method             |     SSIM ↑ |    EN | s/pair |",
        "| ------------------ | ---------: | ----: | -----: |",
        "| maximum (baseline) |     0.4000 | 4.000 |    0.5 |",
        "| average            | **0.6500** | 3.000 |    0.5 |",
        "| metric |                     average |",
        "| ------ | --------------------------: |",
        "| SSIM ↑ | 0.250 [0.250, 0.250] better |",
        "| EN     |        -1.00 [-1.00, -1.00] |",
    ]
    assert text.startswith("## head/mri-ct\n\nMeans over 5 seeds, preset course.")
    assert "Difference from maximum, with its paired bootstrap interval of 95 %" in text


def test_without_a_baseline_there_are_only_means():
    text = summarize(RESULTS, baseline=None).to_markdown()
    assert "baseline" not in text
    assert "Difference" not in text


def test_missing_values_are_counted_and_missing_numbers_dashed():
    rows = (row("maximum", 0.5), row("maximum", 0.7, seed=1), row("average", math.nan), row("average", 0.9, seed=1))
    rows += (row("pca", math.nan, status="failed", failure="broke", seconds=math.nan),)
    text = summarize(Results(rows)).to_markdown()
    assert re.search(r"\| average +\| 0.9000 \(1 of 2\) \|", text)
    assert re.search(r"\| pca +\| +- \(0 of 2\) \| +- \|", text)
    assert "- pca: 1 of 1 values failed, the first by: broke" in text


def test_a_name_is_shown_and_does_nothing_in_markdown():
    odd = "a|b\n# <img src=x onerror=alert(1)> [x](javascript:0) `*_\x1b[2J &lt;"
    rows = (row("maximum", 0.5), row(odd, 0.7), row("pca", math.nan, status="failed", failure="<b>\n- no", seconds=1.0))
    text = summarize(Results(rows)).to_markdown()
    shown = markdown_it.MarkdownIt("commonmark").enable("table").render(text)
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "href" not in shown
    assert "\x1b" not in text
    assert len(re.findall("<h2>", shown)) == 1
    assert "a|b # &lt;img src=x onerror=alert(1)&gt; [x](javascript:0) `*_\\x1b[2J &amp;lt;" in shown
    assert len(re.findall("<tr>", shown)) == 4 + 2


def test_html_is_well_formed_and_says_the_same():
    tree = ElementTree.fromstring(f"<body>{summarize(RESULTS).to_html()}</body>")
    means, differences = tree.iter("table")
    assert [th.text for th in means.iter("th")] == [
        "method", "SSIM ↑", "EN", "s/pair", "maximum (baseline)", "average",
    ]  # fmt: skip
    assert [strong.text for strong in tree.iter("strong")] == ["0.6500"]
    assert [td.text for td in differences.iter("td")] == ["0.250 [0.250, 0.250] better", "-1.00 [-1.00, -1.00]"]
    assert all(th.get("scope") in ("row", "col") for th in tree.iter("th"))
    assert all(table.find("caption") is not None for table in tree.iter("table"))


def test_what_others_wrote_is_escaped():
    rows = (row("maximum", 1.0), row("laplacian_pyramid:rule=<b>|", math.nan, status="failed", failure="<script>"))
    summary = summarize(Results(rows))
    assert "<script>" not in summary.to_html()
    assert "<b>" not in summary.to_html()
    assert "rule=\\<b\\>\\|" in summary.to_markdown()


@pytest.mark.parametrize(
    ("values", "decimals"), [([84.2], 2), ([0.6361], 4), ([3.63, 0.01], 3), ([2695.0], 0), ([0.0], 3), ([1e-9], 6)]
)
def test_four_digits_for_the_largest_of_a_column(values, decimals):
    assert decimals_for(values) == decimals
