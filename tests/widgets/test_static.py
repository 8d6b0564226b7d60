"""The exploration as a plotly figure with frames, without a browser."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medfuse_course.plots import line_profile
from medfuse_course.widgets import explore
from medfuse_course.widgets.controls import read_controls
from medfuse_course.widgets.static import MAX_FRAMES, sample_controls

ALT = "A gray square whose brightness follows the slider"


@pytest.fixture(autouse=True)
def without_kernel(monkeypatch):
    monkeypatch.setenv("MEDFUSE_STATIC", "1")


def flat(value):
    return np.full((24, 24), value, np.float32)


def test_one_slider_has_a_frame_for_each_position():
    seen = []
    figure = explore(lambda level: seen.append(level) or flat(level), alt=ALT, level=(0.0, 1.0))
    assert seen == [round(0.1 * k, 1) for k in range(11)]
    assert [frame.name for frame in figure.frames] == [str(k) for k in range(11)]
    assert [list(step.args[0]) for step in figure.layout.sliders[0].steps] == [[str(k)] for k in range(11)]
    assert figure.layout.sliders[0].active == 5
    assert figure.data[0].source == figure.frames[5].data[0].source


def test_arrays_are_choices():
    dark, light = flat(0.1), flat(0.9)
    choices = {"dark": dark, "middle": flat(0.5), "light": light}
    assert len(explore(lambda x: x, alt=ALT, x=choices).frames) == 3
    assert len(explore(lambda x: x, alt=ALT, x=choices, static={"x": [dark, light]}).frames) == 2
    with pytest.raises(ValueError, match="expected at least two positions of the control"):
        explore(lambda x: x, alt=ALT, x=choices, static={"x": [dark, flat(0.7)]})


def test_frames_of_several_controls_are_named_by_their_positions():
    calls = []

    def fn(level=0.5, ink="dark", invert=False):
        calls.append((level, ink, invert))
        return flat(0.5 * level + 0.25 * (ink == "light") + 0.2 * invert)

    figure = explore(fn, alt=ALT, level=(0.0, 1.0, 0.5), ink=["dark", "light"], invert=False)
    assert len(figure.frames) == 12
    for frame, call in zip(figure.frames, calls, strict=True):
        level, ink, invert = (int(position) for position in frame.name.split("-"))
        assert call == ([0.0, 0.5, 1.0][level], ["dark", "light"][ink], bool(invert))
    meta = figure.layout.meta["explore"]
    assert meta["native"] is False
    assert [(c["kind"], c["title"], c["active"]) for c in meta["controls"]] == [
        ("slider", "level", 1),
        ("menu", "ink", 0),
        ("menu", "invert", 0),
    ]
    assert {step.method for step in figure.layout.sliders[0].steps} == {"skip"}


def test_frames_hold_only_what_changes():
    figure = explore(lambda level: {"same": flat(0.5), "other": flat(level)}, alt=ALT, level=(0.0, 1.0, 0.5))
    assert [frame.traces for frame in figure.frames] == [(1,)] * 3
    assert all(len(frame.data) == 1 for frame in figure.frames)
    assert figure.frames[0].layout.to_plotly_json() == {}


def test_changing_title_and_size_travel_with_the_frame():
    def fn(size):
        return {f"{size} pixels": np.full((size, size), 0.5, np.float32)}

    figure = explore(fn, alt=ALT, size=(8, 32, 8))
    assert [frame.layout.annotations[0].text for frame in figure.frames] == [f"{k} pixels" for k in (8, 16, 24, 32)]
    assert [frame.layout.xaxis.range[1] for frame in figure.frames] == [7.5, 15.5, 23.5, 31.5]


def test_names_of_menus_survive_frames_that_change_titles():
    figure = explore(lambda way: {way: flat(0.5)}, alt=ALT, way=["one", "two"])
    for frame in figure.frames:
        assert "way" in [annotation.text for annotation in frame.layout.annotations]


def test_figure_of_the_function_is_kept():
    def fn(row):
        return line_profile({"a": np.tile(np.linspace(0, 1, 24, dtype=np.float32)[:, None], 24)}, row=row, alt=ALT)

    figure = explore(fn, alt=ALT, row=(0, 23, 23))
    assert [frame.data[0].y[0] for frame in figure.frames] == [0.0, 1.0]
    assert figure.frames[1].layout.xaxis.title.text == "column (row 23)"


def test_controls_find_room_above_and_below():
    plain = explore(lambda level: flat(level), alt=ALT, level=(0.0, 1.0))
    more = explore(
        lambda level, way, other: flat(level), alt=ALT, title="Play", level=(0.0, 1.0), way=["a", "b"], other=(1, 3)
    )
    margin = more.layout.margin
    assert (margin.t, margin.b) == (34 + 42, plain.layout.margin.b + 90)
    assert more.layout.height == plain.layout.height + 34 + 42 + 90
    tops = [slider.pad.t for slider in more.layout.sliders]
    assert tops[1] - tops[0] >= 80


def test_plain_plotly_figure_keeps_its_title_above_the_menus():
    import plotly.graph_objects as go

    figure = explore(
        lambda way, n: go.Figure(go.Scatter(y=[0, n]), {"title": {"text": "Mine"}}), alt=ALT, way=["a", "b"], n=(1, 3)
    )
    assert (figure.layout.title.text, figure.layout.title.yref) == ("Mine", "container")
    assert figure.layout.meta["alt"] == ALT
    assert figure.layout.margin.t == 30 + 42 + 34
    assert figure.layout.updatemenus[0].pad.b == 30 + 6


def test_menu_starts_at_the_default():
    figure = explore(lambda way="c", n=1: flat(0.5), alt=ALT, way=["a", "b", "c"], n=(1, 3))
    assert figure.layout.updatemenus[0].active == 2
    assert figure.layout.sliders[0].active == 0


def test_positions_can_be_named():
    figure = explore(lambda level: flat(level), alt=ALT, level=(0.0, 1.0), static={"level": [0.0, 0.25, 1.0]})
    assert [step.label for step in figure.layout.sliders[0].steps] == ["0.00", "0.25", "1.00"]


@pytest.mark.parametrize(
    ("static", "said"),
    [
        ({"levle": [0.0]}, "'levle' is no control"),
        ({"level": [0.0, 0.33]}, "expected at least two positions of the control"),
        ({"level": [0.5]}, "expected at least two positions"),
    ],
)
def test_bad_static_positions_are_named(static, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        explore(lambda level: flat(level), alt=ALT, level=(0.0, 1.0), static=static)


def test_too_many_frames_name_what_to_reduce():
    def fn(one, two, three):
        return flat(0.5)

    with pytest.raises(ValueError, match=r"got 125 = one \(5\) x two \(5\) x three \(5\); name fewer with static="):
        explore(fn, alt=ALT, one=list("abcde"), two=list("abcde"), three=list("abcde"))


@given(sizes=st.lists(st.integers(2, 300), min_size=1, max_size=3), menu=st.integers(1, 6))
def test_sliders_share_the_frames_and_keep_their_ends(sizes, menu):
    given_controls = {f"s{k}": (0, n - 1) for k, n in enumerate(sizes)}
    if menu > 1:
        given_controls["menu"] = [str(k) for k in range(menu)]
    controls = read_controls(lambda **all: all, given_controls)
    if 3 ** len(sizes) * menu > MAX_FRAMES:
        return
    sampled = sample_controls(controls, {})
    assert np.prod([len(c.values) for c in sampled]) <= MAX_FRAMES
    for whole, part in zip(controls, sampled, strict=True):
        assert (part.values[0], part.values[-1]) == (whole.values[0], whole.values[-1])
        assert list(part.values) == sorted(set(part.values)) or part.kind == "menu"


def test_sampling_meets_the_start_where_it_can():
    control = read_controls(lambda level=0.5, way=0: level, {"level": (0.0, 1.0), "way": list("abcdefgh")})
    assert sample_controls(control, {})[0].values == (0.0, 0.25, 0.5, 0.75, 1.0)


def test_exception_of_the_function_ends_the_build():
    with pytest.raises(ZeroDivisionError):
        explore(lambda level: flat(1 / (1 - level)), alt=ALT, level=(0, 1))


def test_different_numbers_of_panels_are_an_error():
    with pytest.raises(ValueError, match="the same number of panels"):
        explore(lambda n: {str(k): flat(0.5) for k in range(n)}, alt=ALT, n=(1, 3))


@pytest.mark.parametrize(("result", "said"), [(None, "forget to return"), (3, "int"), ("x", "str"), ([1], "list")])
def test_result_that_is_no_picture_is_named(result, said):
    with pytest.raises(TypeError, match=said):
        explore(lambda n: result, alt=ALT, n=(1, 3))


def test_alt_is_demanded():
    with pytest.raises(TypeError, match="alt"):
        explore(lambda n: flat(0.5), n=(1, 3))
    with pytest.raises(ValueError, match="at least 15"):
        explore(lambda n: flat(0.5), alt="x", n=(1, 3))


def test_same_call_gives_the_same_figure():
    once, again = (explore(lambda level: flat(level), alt=ALT, level=(0.0, 1.0)).to_json() for _ in range(2))
    assert once == again


def test_page_stays_small():
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[-1:1:256j, -1:1:256j]
    head = np.clip(1 - rows**2 - 1.5 * columns**2 + 0.02 * rng.standard_normal((256, 256)), 0, 1).astype(np.float32)
    figure = explore(lambda level: {"fused": level * head, "source": head}, alt=ALT, level=(0.0, 1.0))
    assert len(figure.to_json()) < 300_000


def test_every_step_leads_to_a_frame():
    figure = explore(lambda way, level: flat(level), alt=ALT, way=["a", "b"], level=(0.0, 1.0, 0.5))
    counts = [len(c["labels"]) for c in figure.layout.meta["explore"]["controls"]]
    wanted = {"-".join(map(str, key)) for key in itertools.product(*map(range, counts))}
    assert {frame.name for frame in figure.frames} == wanted


def test_what_a_click_sets_are_the_nearest_positions(monkeypatch):
    monkeypatch.setenv("MEDFUSE_STATIC", "1")

    def place(column=0, row=0):
        return np.full((16, 16), (column + row) / 40, np.float32)

    figure = explore(place, alt="A gray square that changes", pick=("column", "row"), column=(0, 19), row=(0, 3),
                     static={"column": [0, 10, 19]})  # fmt: skip
    across, down = figure.layout.meta["explore"]["pick"]
    assert across == {"control": 0, "places": [0.025, 0.525, 0.975]}
    assert down == {"control": 1, "places": [0.125, 0.375, 0.625, 0.875]}
    with pytest.raises(ValueError, match=r"pick: expected the names of two sliders, .* got \('row', 'col'\)"):
        explore(place, alt="A gray square that changes", pick=("row", "col"), column=(0, 19), row=(0, 3))
