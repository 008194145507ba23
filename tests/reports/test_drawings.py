"""Charts as SVG and as what plotly is given: exact, free of raw colours, with no name upon another, whatever stands in the table."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from lxml import etree

from config import ROOT
from reports.base import Chart
from reports.paper import TONES
from reports.renderers.chart import figure
from reports.renderers.svg import NARROW, WIDE, draw
from reports.renderers.svg_text import cut, pixels, spread
from tests.reports.gallery import CHARTS, STATES, USE, WATER, YEARS, Shown

ALL = pytest.mark.parametrize("shown", CHARTS, ids=[name for name, _table, _chart in CHARTS])
SVG = "{http://www.w3.org/2000/svg}"


def drawn(shown: Shown, width: int = WIDE, paper: bool = False) -> Any:
    drawing = str(draw(shown[1], shown[2], width, paper=paper))
    return etree.fromstring(drawing.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" '))  # in a page it needs none


def named(name: str) -> Shown:
    return next(c for c in CHARTS if c[0] == name)


@ALL
@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_drawing_stays_in_its_frame(shown: Shown, width: int) -> None:
    svg = drawn(shown, width)
    across, down = float(svg.get("width")), float(svg.get("height"))
    for bar in svg.iter(f"{SVG}rect"):
        x, y, w, h = (float(bar.get(k)) for k in ("x", "y", "width", "height"))
        assert x >= -1, shown[0]
        assert x + w <= across + 1
        assert y >= -1
        assert y + h <= down + 1
    for text in svg.iter(f"{SVG}text"):
        if text.get("transform") is None:
            wide = pixels(text.text, 11)
            left = float(text.get("x")) - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor", ""), 0.0)
            assert left > -16, (shown[0], text.text)
            assert left + wide < across + 16, (shown[0], text.text)


@ALL
@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_text_lies_on_another(shown: Shown, width: int) -> None:
    boxes = []
    for text in drawn(shown, width).iter(f"{SVG}text"):
        if text.get("transform") is None and text.text:
            wide, x, y = pixels(text.text, 10), float(text.get("x")), float(text.get("y"))
            left = x - {"end": wide, "middle": wide / 2}.get(text.get("text-anchor", ""), 0.0)
            boxes.append((left, left + wide, y - 8, y, text.text))
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            apart = a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
            assert apart, (shown[0], a, b)


@ALL
@pytest.mark.usefixtures("zh")
def test_pages_get_classes_and_paper_gets_light_values(shown: Shown) -> None:
    page, paper = str(draw(shown[1], shown[2])), str(draw(shown[1], shown[2], paper=True))
    assert not re.search(r"style=|<style|#[0-9a-f]{6}|<script", page)
    assert "<style>" in paper
    assert "&lt;script&gt;" in page or shown[0] != "hostile"


def test_light_values_are_those_of_the_stylesheet() -> None:
    sheet = (ROOT / "app/static/portal.css").read_text()
    assert {tone: re.search(rf"--{tone}:\s*light-dark\((#\w+)", sheet)[1] for tone in TONES} == dict(TONES)  # type: ignore[index]


@pytest.mark.usefixtures("zh")
def test_bars_are_as_high_as_their_values() -> None:
    svg = drawn(("bar", STATES, Chart("bar", 0, (1,))))
    heights = [float(r.get("height")) for r in svg.iter(f"{SVG}rect")]
    assert [round(h / heights[0], 2) for h in heights] == [round(v / 8210, 2) for v in (8210, 1904, 1106, 98)]
    assert [r.get("class") for r in svg.iter(f"{SVG}rect")] == [f"fill tone-{t}" for t in STATES.tones]
    assert next(t.text for t in svg.iter(f"{SVG}title")) == "自住 8,210 套"


@pytest.mark.usefixtures("zh")
def test_gaps_stay_gaps_and_lines_carry_their_names() -> None:
    svg = drawn(("line", YEARS, Chart("line", 0, (1, 2))))
    strokes = [p.get("class") for p in svg.iter(f"{SVG}path") if "stroke" in p.get("class")]
    assert strokes == ["stroke tone-gray dash", "stroke tone-amber", "stroke tone-amber"]
    assert {"去年", "今年"} <= {t.text for t in svg.iter(f"{SVG}text")}


@pytest.mark.usefixtures("zh")
def test_what_is_below_zero_hangs_down() -> None:
    svg = drawn(named("negative"))
    above, below = (r for r in list(svg.iter(f"{SVG}rect"))[:2])
    assert float(above.get("y")) + float(above.get("height")) == pytest.approx(float(below.get("y")), abs=0.2)


def test_texts_are_cut_and_names_moved_apart() -> None:
    assert cut("湖滨花园第一区", 11, 50) == "湖滨花…"
    assert cut("东区", 11, 50) == "东区"
    assert spread([(100, "b"), (99, "a"), (101, "c")], 13, 110) == [(84, "a"), (97, "b"), (110, "c")]


def tokens(value: Any) -> list[str]:
    """Every text in what plotly is given."""
    if isinstance(value, dict):
        return [t for v in value.values() for t in tokens(v)]
    if isinstance(value, list):
        return [t for v in value for t in tokens(v)]
    return [value] if isinstance(value, str) else []


@ALL
@pytest.mark.usefixtures("zh")
def test_figures_are_plain_and_know_tokens_only(shown: Shown) -> None:
    found = figure(shown[1], shown[2])
    json.dumps(found, allow_nan=False)
    texts = tokens(found)
    assert not [t for t in texts if re.match(r"#[0-9a-f]{3}|rgb\(", t)]
    assert not [t for t in texts if "<script" in t or "<b>&" in t]
    sheet = (ROOT / "app/static/portal.css").read_text()
    assert not [t for t in texts if t.startswith("--") and f"{t.split('/')[0]}:" not in sheet]


@pytest.mark.usefixtures("zh")
def test_figures_are_exact() -> None:
    found = figure(WATER, Chart("stacked", 0, (1, 2, 3)))
    assert [trace["y"] for trace in found["data"]] == [[row[i] for row in WATER.rows] for i in (1, 2, 3)]
    assert [trace["marker"]["color"] for trace in found["data"]] == ["--blue", "--teal", "--amber"]
    assert found["data"][0]["customdata"][0][0] == "2026-09-01<br>东湖站 1,600 m³"
    assert found["layout"]["yaxis"]["range"] == [0, 5000]
    pie = figure(USE, Chart("pie", 0, (1,)))
    assert pie["data"][0]["values"] == [1_842_600, 412_300, 386_900, 298_400, 208_220]
    assert pie["data"][0]["customdata"][0][0] == "居民<br>1,842,600 kWh（58.5%）"
    assert [a["text"] for a in pie["layout"]["annotations"]] == ["314.8", "万 kWh"]
    ranked = figure(STATES, Chart("ranked", 0, (1,)))["data"][0]
    assert ranked["text"] == ["8,210", "1,904", "1,106", "98"]
    assert ranked["customdata"][0] == ["自住<br>8,210 套（72.5%）", "/housing/rooms/?a"]


@pytest.mark.usefixtures("zh")
def test_equal_names_stay_apart() -> None:
    x = figure(*named("hostile")[1:])["data"][0]["x"]
    assert len(set(x)) == 3
    assert len({name.rstrip("\u200b") for name in x}) == 2
