"""Hidden and masked fields where one field meets another: words, messages, undo, views, files, several roles (row 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.database import db
from app.entity.cells import Shower
from app.entity.datamodel import Refused, save
from app.entity.door import record_url
from app.entity.fields import fields_of
from app.entity.list_columns import offered
from app.entity.list_settings import View, seen_by
from app.entity.list_state import ListState
from app.entity.paging import count
from app.entity.rows import rows_of_ids
from app.entity.search import parse_query
from app.entity.undo import before, replaced
from app.exporting.wanted import Wanted
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import level_of
from app.security.standing import EVERYTHING, Held, Rule, Standing
from models.platform.list_views import Audience
from models.platform.scopes import Level, Reach
from tests.importing.files import counts, run_import, write_csv
from tests.portal import Users, make_example
from tests.security.levels import VERBS, actor_with, user_with

H, M, V = Level.HIDDEN, Level.MASKED, Level.VISIBLE


def entity(name: str) -> Entity:
    return portal().registry.entities[name]


def found(session: Any, name: str, q: str, actor: Actor) -> int:
    return count(session, parse_query(entity(name), actor, q=q), actor)


@pytest.mark.parametrize("level", [H, M])
def test_a_quick_search_finds_by_what_is_seen_and_by_nothing_else(session: Any, level: Level) -> None:
    make_example(entity("companies"), name="Lakeside Works", contact="Zhao Liu", phone="13800138046", address="Harbour Road 7")
    session.flush()
    whole = actor_with({}, (*VERBS, "reveal"))
    part = actor_with({("companies", "contact"): level}, (*VERBS, "reveal"))
    without_phone = actor_with({("companies", "phone"): level}, (*VERBS, "reveal"))
    for q, seen in (
        ("lakeside", (1, 1, 1)),
        ("harbour", (1, 1, 1)),
        ("zhao", (1, 0, 1)),
        ("13800138046", (1, 1, 0)),
        ("works zhao", (1, 0, 1)),
    ):
        assert tuple(found(session, "companies", q, a) for a in (whole, part, without_phone)) == seen, q
    assert found(session, "companies", "13800138046", actor_with({})) == 0, "masked without the right to reveal"


def test_a_quick_search_through_a_relation_finds_by_what_is_seen_of_the_other_record(session: Any) -> None:
    role = make_example(entity("company-roles"))
    session.flush()
    save(session, entity("companies"), {"contact": "Zhao Liu", "name": "Lakeside Works"}, Actor.system(), role.company)
    for levels, hits in (({}, (1, 1)), ({("companies", "contact"): H}, (1, 0)), ({("company-roles", "company"): H}, (1, 1))):
        assert tuple(found(session, "company-roles", q, actor_with(levels)) for q in ("lakeside", "zhao")) == hits


def test_a_field_of_another_record_is_no_column_and_no_condition(session: Any) -> None:
    make_example(entity("residents"))
    actor = actor_with({("households", "phone"): H, ("households", "category"): M}, (*VERBS, "reveal"))
    columns = offered(entity("residents"), actor)
    assert "household.number" not in columns, "its title says it already"
    assert "household.moved_in" in columns
    assert "household.phone" not in columns
    # A relation is seen or not.
    assert "household.category" not in columns
    assert "owner.phone" not in offered(entity("pets"), actor)


@pytest.mark.parametrize(("level", "field"), [(H, "usable_area"), (M, "usable_area")])
def test_a_rule_does_not_tell_what_it_compares_with(session: Any, level: Level, field: str) -> None:
    room = make_example(entity("rooms"), gross_area="98.76", usable_area="80")
    session.flush()
    with pytest.raises(Refused) as told:
        save(session, entity("rooms"), {"usable_area": 120}, actor_with({}), room)
    assert "98.76" in str(told.value)
    with pytest.raises(Refused) as kept:
        save(session, entity("rooms"), {"usable_area": 120}, actor_with({("rooms", "gross_area"): level}), room)
    assert [p.field for p in kept.value.problems] == [field]
    assert "98.76" not in str(kept.value)
    # Its own turn: whoever may not see the other one is told nothing of the field that he cannot see either.
    with pytest.raises(Refused) as other:
        save(session, entity("rooms"), {"gross_area": 50}, actor_with({("rooms", "usable_area"): H}), room)
    assert [p.field for p in other.value.problems] == [None]
    assert str(fields_of(entity("rooms").model)["usable_area"].label) not in str(other.value)


def test_what_touched_something_hidden_cannot_be_taken_back(session: Any) -> None:
    resident = make_example(entity("residents"), id_number="622821195001042444", born_on=None)
    session.flush()
    was = before(resident)
    resident.phone, resident.employer = "13900139000", "Railway"
    everybody = actor_with({}, (*VERBS, "reveal"))
    assert set(replaced(resident, was, everybody)) == {"phone", "employer"}
    for levels in ({("residents", "employer"): H}, {("residents", "phone"): M}):
        assert replaced(resident, was, actor_with(levels, (*VERBS, "reveal"))) == {}


def view(state: Mapping[str, Any]) -> View:
    shown = ListState(filters=tuple(state.get("filters", ())), sort=state.get("sort", ""), columns=tuple(state.get("columns", ())))
    return View(7, "Employers", 1, "Somebody", Audience.ALL, shown, {}, 0, None, mine=False)


def test_a_shared_view_opens_without_a_column_that_is_hidden_and_says_so(session: Any) -> None:
    actor = actor_with({("residents", "employer"): H}, (*VERBS, "reveal"))
    residents = entity("residents")
    opened = seen_by(view({"columns": ("name", "employer", "phone"), "sort": "employer,name"}), residents, actor)
    assert (opened.state.columns, opened.left_out, opened.trouble) == (("name", "phone"), 1, "")
    assert "employer" not in opened.state.sort
    refused = seen_by(view({"filters": ("employer:eq:Railway",)}), residents, actor)
    assert refused.hidden
    assert str(fields_of(residents.model)["employer"].label) not in refused.trouble
    assert Wanted(columns=("name", "employer")).names(residents, actor) == (("name",), 1)


def test_a_file_with_a_column_of_a_hidden_field_goes_in_without_it(session: Any, tmp_path: Path) -> None:
    pet = make_example(entity("pets"), tag_no="D-7001", name="Bean", note="keep")
    session.flush()
    actor = actor_with({("pets", "note"): H})
    path = write_csv(tmp_path / "pets.csv", "tag_no,name,note\nD-7001,Pea,overwritten\n")
    result = run_import("pets", path, actor=actor)
    assert counts(result) == (0, 1, 0, 0), result.rejections
    session.expire_all()
    assert (pet.name, pet.note) == ("Pea", "keep")
    assert "overwritten" not in str(result.changes)


def test_a_masked_value_shows_masked_whatever_its_kind(session: Any) -> None:
    room = make_example(entity("rooms"), gross_area="98.76", usable_area="80")
    session.flush()
    rooms = entity("rooms")
    names = ("gross_area", "floor", "layout")
    shower = Shower(portal().registry, actor_with({("rooms", n): M for n in names}), record_url)
    row = rows_of_ids(session, rooms.model, [room.id], names, shower.actor)[0]
    texts = [shower.value_cell(fields_of(rooms.model)[n], v).text for n, v in zip(names, row.values, strict=True)]
    # The floor is required, so it cannot be kept; a relation is not masked but gone.
    assert texts == ["****", str(room.floor), ""]


def held(number: int, rule: Rule, levels: Mapping[tuple[str, str], Level] = (), verbs: tuple[str, ...] = ("read",)) -> Held:  # type: ignore[assignment]
    return Held(number, frozenset((f"can_{v}", "housing.residents") for v in verbs), {"": rule}, dict(levels))


def test_of_several_roles_the_most_generous_counts_as_far_as_it_reaches(session: Any) -> None:
    phone, employer = (fields_of(entity("residents").model)[n] for n in ("phone", "employer"))
    kept = {("residents", "phone"): H, ("residents", "employer"): H}
    own = Rule(Reach.OWN)

    def level(*roles: Held) -> tuple[Level, Level]:
        grants = frozenset().union(*(r.grants for r in roles))
        actor = Actor(1, "x", grants, standing=Standing(roles))
        return level_of(actor, phone), level_of(actor, employer)

    assert level(held(1, EVERYTHING)) == (M, V)
    assert level(held(1, EVERYTHING, kept)) == (H, H)
    assert level(held(1, EVERYTHING, kept), held(2, EVERYTHING)) == (M, V)
    # Who sees telephones of his own records only, and all records without them, does not see all telephones.
    assert level(held(1, EVERYTHING, kept), held(2, own, verbs=("read", "reveal"))) == (H, H)
    assert level(held(1, own, kept), held(2, own, verbs=("read", "reveal"))) == (V, V)


@pytest.mark.usefixtures("clean")
def test_what_forbids_deleting_is_not_told_of_a_hidden_relation(app: Flask, users: Users) -> None:
    with app.app_context():
        pet = make_example(entity("pets"))
        number, household = pet.id, pet.owner_id
        db.session.commit()
        db.session.remove()
    with user_with(app, {("pets", "owner"): H}) as name:
        page = users.browser(name).get(f"/housing/households/{household}/delete").text
        rest = app.test_client().delete(f"/api/v1/households/{household}", headers=users.token(name))
    told = users.browser("admin").get(f"/housing/households/{household}/delete").text
    assert f"/housing/pets/{number}" in told
    assert f"/housing/pets/{number}" not in page
    assert rest.status_code == 409
    assert rest.json["uses"] == []
