"""A number and its unit are not torn apart at the end of a line; what is typed as code stays as typed."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

from medfuse_course.publishing.units import _join, joined


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 95 % interval", "a 95\u00a0% interval"),
        ("12 mm away, 0.5 s", "12\u00a0mm away, 0.5\u00a0s"),
        ("two 3 sources, 4 same", "two 3 sources, 4 same"),
        ("every % of it", "every % of it"),
    ],
)
def test_only_the_space_between_number_and_unit_is_kept_together(text, expected):
    assert joined(text) == expected


def test_prose_and_captions_change_and_code_does_not():
    page = new_document("page", get_default_settings())
    page += nodes.paragraph("", "8 % larger, ", nodes.literal("", "8 % 3"))
    page += nodes.caption("", "95 % intervals")
    page += nodes.literal_block("", "x = 8 % s")
    _join(SimpleNamespace(), page)
    assert page.astext().count("\u00a0") == 2
    assert "8 % 3" in page.astext() and "8 % s" in page.astext()
