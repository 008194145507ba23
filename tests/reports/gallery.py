"""Every kind of chart with typical, empty and overfull data on one page, for tests and to be looked at; no part of the product."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from flask import Flask, render_template_string, request

from reports.base import Chart, ReportColumn, ReportTable

PAGE = """{% extends "appbuilder/baselayout.html" %}{% set scripts = ["chart.js"] %}
{% import "portal/report_parts.html" as report with context %}
{% block title %}Charts{% endblock %}
{% block content %}<header class="page-head"><h1>Charts</h1></header><div class="board">
{% for name, table, chart in charts %}{{ report.chart(table, chart, note=name, id="c-" ~ name) }}{% endfor %}</div>
<section class="card"><header><h2>{{ table.title }}</h2></header>{{ report.table(table, id="whole") }}</section>{% endblock %}"""

NAMES = ["居民", "公共照明", "电梯", "泵房", "消防", "门禁与监控", "充电桩", "车库", "会所", "幼儿园", "商铺", "其它"]
TEXT = ReportColumn("name", "用途")


def column(name: str, label: str, unit: str = "kWh", **more: object) -> ReportColumn:
    return ReportColumn(name, label, **{"kind": "int", "unit": unit, **more})  # type: ignore[arg-type]


def days(n: int) -> list[date]:
    return [date(2026, 9, 1) + timedelta(days=i) for i in range(n)]


def wave(n: int, base: int, size: int, phase: int = 0) -> list[int]:
    """Numbers that go up and down, the same every time."""
    return [base + (i * 7919 + phase * 104729) % size for i in range(n)]


def table(title: str, first: ReportColumn, columns: tuple[ReportColumn, ...], rows: list[tuple], **more: object) -> ReportTable:
    return ReportTable(title, (first, *columns), tuple(rows), **more)  # type: ignore[arg-type]


STATIONS = tuple(column(f"s{i}", name, "m³") for i, name in enumerate(("东湖站", "西湖站", "南岸站")))
DAY = ReportColumn("day", "日", "date")
USE = table(
    "用电构成",
    TEXT,
    (column("n", "用电"),),
    list(zip(NAMES[:5], (1_842_600, 412_300, 386_900, 298_400, 208_220), strict=True)),
    totals=("合计", 3_148_420),
    about=("2026 年 9 月", "片区：全部"),
)
WATER = table(
    "各站日用水量", DAY, STATIONS, list(zip(days(30), wave(30, 1600, 500), wave(30, 1200, 400, 1), wave(30, 950, 250, 2), strict=True))
)
YEARS = table(
    "用电走势",
    ReportColumn("month", "月", "text"),
    (column("then", "去年", "万 kWh", tone="gray"), column("now", "今年", "万 kWh", tone="amber")),
    [(f"{(m + 8) % 12 + 1} 月", 262 + m * 7 % 60, (268 + m * 11 % 70) if m not in (4, 5) else None) for m in range(12)],
)
STATES = table(
    "房屋按使用情况",
    ReportColumn("state", "使用情况"),
    (column("n", "房屋", "套"),),
    [("自住", 8_210), ("出租", 1_904), ("空置", 1_106), ("办公", 98)],
    tones=("green", "blue", "gray", "violet"),
    urls=("/housing/rooms/?a", "", "", ""),
)
COMPANIES = [(f"湖滨花园第{i}区物业服务与综合管理有限责任公司", (i * 7919) % 997) for i in range(1, 101)]
LOSS = table(
    "收支",
    ReportColumn("area", "片区"),
    (column("n", "结余", "元", kind="decimal", scale=2),),
    [("东区", Decimal("12030.50")), ("西区", Decimal("-4210.00")), ("南区", Decimal(0)), ("北区", None), ("中区", Decimal("8800"))],
)
MANY = tuple(column(f"k{i}", f"类别{i}", "件") for i in range(12))

Shown = tuple[str, ReportTable, Chart]
CHARTS: tuple[Shown, ...] = (
    ("stacked", WATER, Chart("stacked", 0, (1, 2, 3))),
    ("pie", USE, Chart("pie", 0, (1,))),
    ("line", YEARS, Chart("line", 0, (1, 2))),
    ("bar", STATES, Chart("bar", 0, (1,))),
    ("ranked", STATES, Chart("ranked", 0, (1,), "房屋由多到少")),
    ("grouped", table("各站三日用水量", DAY, STATIONS, list(WATER.rows[:3])), Chart("grouped", 0, (1, 2, 3))),
    (
        "pie-of-12",
        table("十二种用途", TEXT, (column("n", "用电"),), list(zip(NAMES, wave(12, 100, 900), strict=True))),
        Chart("pie", 0, (1,)),
    ),
    ("long-names", table("收费单位", TEXT, (column("n", "户数", "户"),), COMPANIES[:9]), Chart("bar", 0, (1,))),
    ("hundred", table("一百个单位", TEXT, (column("n", "户数", "户"),), COMPANIES), Chart("bar", 0, (1,))),
    ("negative", LOSS, Chart("bar", 0, (1,))),
    ("negative-ranked", LOSS, Chart("ranked", 0, (1,), "结余由多到少")),
    ("line-of-100", table("一百日用水量", DAY, STATIONS[:1], list(zip(days(100), wave(100, 0, 900), strict=True))), Chart("line", 0, (1,))),
    (
        "many-series",
        table("各类工单", ReportColumn("m", "月"), MANY, [(f"{m} 月", *wave(12, 10, 60, m)) for m in range(1, 13)]),
        Chart("stacked", 0, tuple(range(1, 13))),
    ),
    (
        "many-lines",
        table("各类工单走势", ReportColumn("m", "月"), MANY[:8], [(f"{m} 月", *wave(8, 10, 60, m)) for m in range(1, 13)]),
        Chart("line", 0, tuple(range(1, 9))),
    ),
    (
        "percent",
        table(
            "收缴率",
            ReportColumn("m", "月"),
            (ReportColumn("p", "收缴率", "percent", scale=1),),
            [(f"{m} 月", 0.86 + m * 0.008) for m in range(1, 13)],
        ),
        Chart("line", 0, (1,)),
    ),
    (
        "turned",
        table("两列长名", TEXT, MANY[:2], [(name[:16], n, n // 2) for name, n in COMPANIES[:14]]),
        Chart("stacked", 0, (1, 2)),
    ),
    ("one", table("只有一个", TEXT, (column("n", "户数", "户"),), [("东区", 12)]), Chart("bar", 0, (1,))),
    ("one-slice", table("只有一片", TEXT, (column("n", "户数", "户"),), [("东区", 12)]), Chart("pie", 0, (1,))),
    ("one-point", table("只有一日", DAY, STATIONS[:1], [(days(1)[0], 12)]), Chart("line", 0, (1,))),
    ("zeros", table("都是零", TEXT, (column("n", "户数", "户"),), [("东区", 0), ("西区", 0)]), Chart("bar", 0, (1,))),
    ("nothing", table("没有数", TEXT, (column("n", "户数", "户"),), [("东区", None)]), Chart("bar", 0, (1,))),
    ("empty", table("没有行", TEXT, (column("n", "户数", "户"),), []), Chart("pie", 0, (1,))),
    (
        "hostile",
        table(
            "<b>&</b>", TEXT, (column("n", "<i>户"),), [("<script>alert(1)</script>", 3), ("<script>alert(1)</script>", 5), ("a & b", 1)]
        ),
        Chart("bar", 0, (1,)),
    ),
    ("empty-table", table("没有行", TEXT, (column("n", "户数", "户"),), []), Chart("line", 0, (1,))),
)


def register(app: Flask) -> None:
    """Serve the gallery at `/tests/charts`, a part of it at `?only=bar,pie`."""

    @app.get("/tests/charts")
    def charts() -> str:
        only = request.args.get("only", "").split(",")
        return render_template_string(PAGE, charts=[c for c in CHARTS if c[0] in only or only == [""]], table=USE, crumbs=[])
