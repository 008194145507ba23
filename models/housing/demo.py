"""A believable community (住户住房, rows 1.1-1.6) for trying out, teaching and measuring: `generate`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Mask
from models.base import today as community_today
from models.housing.companies import Company, CompanyKind, CompanyRole
from models.housing.demo_belongings import COMPANIES, parking_spaces, pets, vehicles
from models.housing.demo_occupancy import Family, Occupancy
from models.housing.demo_organisation import build_organisation
from models.housing.demo_people import People, Person
from models.housing.demo_places import Home, Places, Words, build, insert_rows
from models.housing.households import Household, generated_number
from models.housing.ownerships import Ownership
from models.housing.parking import ParkingSpace
from models.housing.pets import Pet
from models.housing.residents import Resident
from models.housing.rooms import Room, RoomUse
from models.housing.tenancies import Tenancy
from models.housing.title_deeds import TitleDeed
from models.housing.vehicles import Vehicle
from models.platform.dictionaries import DictionaryItem, seed_dictionaries

_LEFT = 0.03  # households that have moved out, of all
_OCCUPIED = 0.87  # rooms lived in, of all; 8 % are vacant, the rest are offices, shops, being decorated or for sale


class NotEmptyError(RuntimeError):
    """There are rooms already; demo data beside real data could not be told apart."""


def generate(session: Session, households: int = 1000, seed: int = 1, today: date | None = None) -> None:
    """Fill an empty housing subsystem with this many households and all that belongs to them; the same for the same seed and day.

    Inserts in bulk, past the write seam, but what it inserts satisfies every rule. Flushes, never commits.
    Raises NotEmptyError when there are rooms, ValueError when a dictionary word that it needs was renamed or deleted."""
    if session.scalar(sa.select(Room.id).limit(1)) is not None:
        raise NotEmptyError("there are rooms already; demo data goes into an empty database only")
    today = today or community_today()
    rng = Random(seed)
    seed_dictionaries(session)
    words = _Words(
        {(d, w): i for d, w, i in session.execute(sa.select(DictionaryItem.dictionary, DictionaryItem.label, DictionaryItem.id))}
    )
    moved_out = round(households * _LEFT)
    living = households - moved_out
    places = build(session, words, -(-living * 100 // round(_OCCUPIED * 100)), rng, today)
    occupancy = Occupancy(People(rng, today), rng, today)
    occupancy.fill(places.homes, living, moved_out)
    _insert_homes(session, occupancy, places.homes, words)
    _insert_people(session, occupancy, words)
    _insert_rights(session, occupancy, words)
    present = [family for family in occupancy.families if family.moved_out is None]
    insert_rows(session, Vehicle, vehicles(present, words, rng, today))
    insert_rows(session, Pet, pets(present, words, rng, today))
    insert_rows(session, ParkingSpace, parking_spaces(present, words, rng, today))
    _insert_companies(session, occupancy, places, rng)
    build_organisation(session)
    session.expire_all()


class _Words(dict[tuple[str, str], int]):
    """Dictionary words by dictionary and label, with an error that says which one is missing."""

    def __missing__(self, key: tuple[str, str]) -> int:
        raise ValueError(f"dictionary {key[0]!r} has no word {key[1]!r} any more; demo data needs it")


def _insert_homes(session: Session, occupancy: Occupancy, homes: list[Home], words: Words) -> None:
    """Rooms with their present use, and the history of uses."""
    present = {id(home): use for home, use, _since, until in occupancy.uses if until is None}
    for home in homes:
        decoration = home.row["decoration_id"]
        home.row["decoration_id"] = words["room_decoration", decoration] if decoration else None
        home.row["use_id"] = words["room_use", present[id(home)]]
    for home, id_ in zip(homes, insert_rows(session, Room, [home.row for home in homes]), strict=True):
        home.id = id_
    rows = [
        {"room_id": home.id, "use_id": words["room_use", use], "since_on": since, "until_on": until}
        for home, use, since, until in sorted(occupancy.uses, key=lambda use: (use[0].id, use[2]))
    ]
    insert_rows(session, RoomUse, rows)


def _insert_people(session: Session, occupancy: Occupancy, words: Words) -> None:
    """Households in the order of their numbers, their members, and the people without a household."""
    start = session.scalar(sa.select(sa.func.coalesce(sa.func.max(Household.serial), 0))) + 1
    families = sorted(occupancy.families, key=lambda family: family.moved_in)
    rows = [_household_row(family, serial, words) for serial, family in enumerate(families, start=start)]
    for family, id_ in zip(families, insert_rows(session, Household, rows), strict=True):
        family.id = id_
        for member in family.members:
            member.household = id_
    people: list[Person] = [member for family in families for member in family.members] + occupancy.outsiders
    rows = [person.row | {"household_id": person.household} for person in people]
    for person, id_ in zip(people, insert_rows(session, Resident, rows), strict=True):
        person.id = id_


def _household_row(family: Family, serial: int, words: Words) -> dict[str, Any]:
    head = family.head.row
    return {
        "number": generated_number(serial),
        "serial": serial,
        "name": head["name"],
        "category_id": words["household_category", family.category],
        "room_id": family.home.id if family.home else None,
        "phone": head["phone"],
        "moved_in": family.moved_in,
        "moved_out": family.moved_out,
    }


def _insert_rights(session: Session, occupancy: Occupancy, words: Words) -> None:
    """Title deeds, ownerships, tenancies."""
    deeds = [
        row
        | {
            "room_id": home.id,
            "kind_id": words["title_deed_kind", row["kind_id"]],
            "ending": f"…{(Mask.DEED.apply(row['number']) or '').lstrip('*')}",
        }
        for home, row in occupancy.deeds
    ]
    deed_ids = insert_rows(session, TitleDeed, deeds)
    owned = [
        {
            "room_id": o.home.id,
            "owner_id": o.owner.id,
            "title_deed_id": None if o.deed is None else deed_ids[o.deed],
            "share": o.share,
            "acquired_on": o.acquired_on,
            "ended_on": o.ended_on,
        }
        for o in occupancy.owned
    ]
    insert_rows(session, Ownership, owned)
    tenancies = [
        row | {"room_id": home.id, "tenant_id": tenant.id, "household_id": family.id if family else None}
        for home, tenant, family, row in occupancy.tenancies
    ]
    insert_rows(session, Tenancy, tenancies)


def _insert_companies(session: Session, occupancy: Occupancy, places: Places, rng: Random) -> None:
    """Companies, and what they did for areas, buildings and rooms."""
    people = occupancy.people
    rows = [
        {
            "name": name,
            "contact": people.outsider().row["name"],
            "phone": f"0934-8{rng.randrange(10**6):06d}",
            "address": f"庆城县南大街 {rng.randrange(1, 200)} 号",
        }
        for name, _kind in COMPANIES
    ]
    ids = insert_rows(session, Company, rows)
    of_kind = {kind: [id_ for id_, (_name, k) in zip(ids, COMPANIES, strict=True) if k is kind] for kind in CompanyKind}

    def role(kind: CompanyKind, target: str, target_id: int, since: date, until: date) -> dict[str, Any]:
        return {"area_id": None, "building_id": None, "room_id": None, f"{target}_id": target_id} | {
            "company_id": rng.choice(of_kind[kind]),
            "role": kind,
            "since_on": since,
            "until_on": until,
        }

    def roles() -> Iterable[dict[str, Any]]:
        for area_id, completed in places.areas:
            yield role(CompanyKind.DEVELOPER, "area", area_id, completed - timedelta(days=1000), completed)
            yield role(CompanyKind.AGENT, "area", area_id, completed, completed + timedelta(days=1200))
        for building_id, completed in places.buildings:
            yield role(CompanyKind.BUILDER, "building", building_id, completed - timedelta(days=600), completed)
        for home, begun, done in occupancy.works:
            if rng.random() < 0.3:
                yield role(CompanyKind.DECORATOR, "room", home.id, begun, done)

    insert_rows(session, CompanyRole, list(roles()))
