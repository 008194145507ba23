"""Statistics against counting in Python, on both databases; each figure leads to exactly the records it was worked out of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.enquiry.dimensions import age_ranges, band_ranges, offered_dimensions, parse_dimension, years_ago
from app.enquiry.figures import offered_figures, parse_figure
from app.enquiry.grid import grid_of
from app.enquiry.statistics import Statistics, statistics
from app.entity.fields import path_of
from app.entity.operators import BadCondition, HiddenCondition
from app.entity.paging import count, keys_statement
from app.entity.search import parse_query
from app.registry import load
from app.security.actor import Actor
from models.base import Base, ChoiceSet
from models.housing.periods import full_years
from tests.contract.test_query_counts import counted
from tests.enquiry.conftest import reader

REGISTRY = load()
SEEN: dict[str, Any] = {}
"""What the first database said, by case."""


def work_out(subject: str, by: Sequence[str] = (), figures: Sequence[str] = ("count",), filters: Sequence[str] = ()) -> Statistics:
    entity, actor = REGISTRY.entity(subject), Actor.system()
    query = parse_query(entity, actor, filters=filters)
    dimensions = [parse_dimension(d, entity, actor) for d in by]
    return statistics(db.session, query, actor, dimensions, [parse_figure(f, entity, actor) for f in figures])


def records(subject: str, filters: Sequence[str] = ()) -> list[Base]:
    entity = REGISTRY.entity(subject)
    found = list(db.session.scalars(keys_statement(db.session, parse_query(entity, Actor.system(), filters=filters), Actor.system())))
    return list(db.session.scalars(sa.select(entity.model).where(entity.model.id.in_(found))))


def plain(value: Any) -> Any:
    """What a class of a record is called, as its key."""
    return value.id if isinstance(value, Base) else value.value if isinstance(value, ChoiceSet) else value


def read(name: str) -> Callable[[Base], Any]:
    return lambda record: plain(path_of(type(record), name).read(record))


def month(name: str) -> Callable[[Base], Any]:
    return lambda record: None if (day := read(name)(record)) is None else f"{day:%Y-%m}"


def quarter(name: str) -> Callable[[Base], Any]:
    return lambda record: None if (day := read(name)(record)) is None else f"{day.year}-{(day.month + 2) // 3}"


def age(name: str, step: int) -> Callable[[Base], Any]:
    return lambda record: None if (years := full_years(read(name)(record))) is None else years // step


CASES: list[tuple[str, str, Callable[[Base], Any], tuple[str, ...]]] = [
    ("rooms", "use", read("use"), ()),
    ("rooms", "building.area", read("building.area"), ("floor:gt:2",)),
    ("rooms", "floor", read("floor"), ("households.room>:some:",)),
    ("residents", "kinship", read("kinship"), ()),
    ("residents", "household.category", read("household.category"), ()),
    ("tenancies", "state", read("state"), ()),
    ("tenancies", "starts_on:month", month("starts_on"), ()),
    ("households", "moved_in:quarter", quarter("moved_in"), ()),
    ("households", "moved_in:year", lambda r: None if r.moved_in is None else str(r.moved_in.year), (":first:25",)),
    ("vehicles", "brand", read("brand"), ()),
    ("rooms", "building.completed_on:year", lambda r: str(r.building.completed_on.year), ()),
]


@pytest.mark.parametrize(("subject", "text", "classify", "filters"), CASES, ids=lambda v: v if isinstance(v, str) else "")
def test_classes_are_those_that_one_counts(
    community: Flask, database: str, subject: str, text: str, classify: Callable[[Base], Any], filters: tuple[str, ...]
) -> None:
    with community.test_request_context():
        found = work_out(subject, (text,), filters=filters)
        expected = Counter(classify(r) for r in records(subject, filters))
        assert {plain(g.key): t.count for g, t in zip(found.rows, found.by_row, strict=True)} == dict(expected)
        assert found.whole.count == sum(expected.values()) > 0
        case = f"{subject} {text}"
        said = [(g.label, t.count) for g, t in zip(found.rows, found.by_row, strict=True)]
        assert SEEN.setdefault(case, said) == said, "the databases differ"


@pytest.mark.parametrize("step", [5, 10])
def test_ages_are_whole_years(community: Flask, step: int) -> None:
    with community.test_request_context():
        found = work_out("residents", (f"born_on:age{step}", "sex"))
        expected = Counter(age("born_on", step)(r) for r in records("residents"))
        for group, tally in zip(found.rows, found.by_row, strict=True):
            key = None if group.key is None else group.key - 1
            assert tally.count == expected[key], group.label
        assert sum(t.count for t in found.by_series) == found.whole.count == sum(expected.values())


def test_the_last_day_to_be_so_old() -> None:
    for today in (date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 1), date(2026, 11, 25)):
        for years in (0, 1, 4, 17, 100):
            last = years_ago(today, years)
            assert full_years(last, today) == years
            assert full_years(date.fromordinal(last.toordinal() + 1), today) in (years - 1, -1)
        ranges = age_ranges(10, today)
        assert all(a.low.toordinal() == b.high.toordinal() + 1 for a, b in pairwise(ranges))


def test_numbers_are_exact(community: Flask, database: str) -> None:
    with community.test_request_context():
        figures = ("count", "gross_area:sum", "gross_area:avg", "gross_area:min", "gross_area:max")
        found = work_out("rooms", ("building", "use"), figures)
        rooms = records("rooms")
        for (i, j), tally in found.cells.items():
            areas = [r.gross_area for r in rooms if (r.building_id, r.use_id) == (found.rows[i].key, found.series[j].key)]
            numbers = tally.numbers["gross_area"]
            assert (numbers.n, numbers.total, numbers.least, numbers.most) == (len(areas), sum(areas), min(areas), max(areas))
        areas = [r.gross_area for r in rooms]
        average = (sum(areas) / len(areas)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        values = [f.of(found.whole, found.whole) for f in found.figures]
        assert values == [len(areas), sum(areas), average, min(areas), max(areas)]
        assert SEEN.setdefault("numbers", values) == values
        assert sum(t.count for t in found.by_row) == sum(t.count for t in found.by_series) == found.whole.count


def test_bands_hold_everything_once(community: Flask) -> None:
    with community.test_request_context():
        for subject, text in (
            ("rooms", "gross_area:band"),
            ("rooms", "gross_area:band7"),
            ("rooms", "floor:band"),
            ("tenancies", "rent:band"),
        ):
            found = work_out(subject, (text,))
            assert found.whole.count == len(records(subject))
            assert len(found.rows) <= 42
        with pytest.raises(BadCondition, match="1"):
            work_out("tenancies", ("rent:band1",))
    for least, most, scale in ((0, 0, 0), (-3, 33, 0), (1, 1, 2), (Decimal("0.01"), Decimal("99999999.99"), 2), (5, 6, 0)):
        ranges = band_ranges(Decimal(least), Decimal(most), scale)
        assert ranges[0].low <= least
        assert ranges[-1].high >= most
        assert len(ranges) <= 12


@pytest.mark.parametrize("name", list(REGISTRY.entities))
def test_every_dimension_and_figure_works_and_leads_to_its_records(community: Flask, name: str) -> None:
    """Whatever is offered: the classes add up, and the condition of each finds as many records as it counts."""
    with community.test_request_context():
        entity, actor = REGISTRY.entity(name), Actor.system()
        figures = [text for text, _label, _group in offered_figures(entity, actor)]
        offered = [text for text, _label, _group in offered_dimensions(entity, actor)]
        assert len(set(offered)) == len(offered)
        for n, text in enumerate(offered):
            try:
                found = work_out(name, (text,), figures if n == 0 else ("count",))
            except BadCondition:
                continue  # more classes than can be shown
            assert sum(t.count for t in found.by_row) == found.whole.count, text
            for group, tally in (
                list(zip(found.rows, found.by_row, strict=True))[:2] + list(zip(found.rows, found.by_row, strict=True))[-1:]
            ):
                if group.filter:
                    query = parse_query(entity, actor, filters=(group.filter,))
                    assert count(db.session, query, actor) == tally.count, group.filter


def test_with_or_without(community: Flask) -> None:
    with community.test_request_context():
        found = work_out("households", ("category", "vehicles.owner>"))
        assert [s.label for s in found.series] == ["有", "无"]
        with_cars = count(
            db.session, parse_query(REGISTRY.entity("households"), Actor.system(), filters=("vehicles.owner>:some:",)), Actor.system()
        )
        assert found.by_series[0].count == with_cars


def test_small_classes_become_other(community: Flask) -> None:
    with community.test_request_context():
        found = work_out("rooms", ("use", "building"))
        assert len(found.series) <= 12
        assert sum(t.count for t in found.by_series) == found.whole.count
        grid = grid_of(found, lambda more: "/".join(more))
        assert [c.value for c in grid.totals][-1] == found.whole.count
        assert sum(c.value for c in grid.totals[:-1]) == found.whole.count


def test_what_is_hidden_is_no_dimension_and_no_figure(community: Flask) -> None:
    with community.test_request_context():
        residents, households = REGISTRY.entity("residents"), REGISTRY.entity("households")
        actor = reader("residents", "households")
        for text in ("phone", "id_number", "household.phone", "household.room.building"):
            with pytest.raises(BadCondition):
                parse_dimension(text, residents, actor)
        with pytest.raises(HiddenCondition):
            parse_dimension("pets.owner>", households, actor)
        with pytest.raises(HiddenCondition):
            parse_dimension("room.use", households, actor)
        with pytest.raises(HiddenCondition):
            parse_figure("room.gross_area:sum", households, actor)
        offered = " ".join(t for t, _l, _g in (*offered_dimensions(residents, actor), *offered_figures(residents, actor)))
        for hidden in ("phone", "id_number", "room.", "pets", "tenancies", "ownerships"):
            assert hidden not in offered, hidden


def test_statistics_take_a_few_statements(community: Flask) -> None:
    with community.test_request_context():
        db.session.execute(sa.text("select 1"))
        for by, most in ((("use",), 2), (("use", "building"), 3), (("gross_area:band", "building.area"), 3), ((), 1)):
            with counted(community) as statements:
                work_out("rooms", by, ("count", "gross_area:sum"))
            assert len(statements) <= most, (by, statements)
