"""Who owns, rents and uses the rooms of the demo community, now and before: a short history of each room.

Dates count from `today` backwards; every building is at least five years old, so every history fits before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.housing.demo_people import People, Person
from models.housing.demo_places import Home
from models.housing.residents import Kinship, Living

_CATEGORIES = ("职工住户", "离退休住户", "外部购房户")
_REAL_ESTATE = date(2016, 1, 1)  # from here on one certificate for house and land


@dataclass(slots=True)
class Family:
    """A household being made."""

    category: str
    members: list[Person]
    home: Home | None
    moved_in: date
    moved_out: date | None = None
    id: int = 0

    @property
    def head(self) -> Person:
        """The head of the household."""
        return self.members[0]


@dataclass(slots=True)
class Owned:
    """An ownership being made; deed: its place in the list of deeds."""

    home: Home
    owner: Person
    share: Decimal
    acquired_on: date
    ended_on: date | None = None
    deed: int | None = None


@dataclass(slots=True)
class Occupancy:
    """What happened in the rooms: families, people without one, uses, ownerships, deeds, tenancies, works of decorators."""

    people: People
    rng: Random
    today: date
    families: list[Family] = field(default_factory=list)
    outsiders: list[Person] = field(default_factory=list)
    uses: list[tuple[Home, str, date, date | None]] = field(default_factory=list)
    owned: list[Owned] = field(default_factory=list)
    deeds: list[tuple[Home, dict[str, Any]]] = field(default_factory=list)
    tenancies: list[tuple[Home, Person, Family | None, dict[str, Any]]] = field(default_factory=list)
    works: list[tuple[Home, date, date]] = field(default_factory=list)

    def fill(self, homes: list[Home], households: int, moved_out: int) -> None:
        """Give every room its history. households live in a room each; moved_out more have left the community."""
        for home, use in zip(homes, self._planned_uses(len(homes), households), strict=True):
            {
                "自住": self._owner_occupied,
                "出租": self._let,
                "空置": self._vacant,
                "装修中": self._being_decorated,
                "内部交易": self._traded,
            }.get(use, self._business)(home, use)
        for _nth in range(moved_out):
            self._left()

    def _planned_uses(self, rooms: int, households: int) -> list[str]:
        let = round(households * 0.18)
        uses = ["自住"] * (households - let) + ["出租"] * let
        for use, share in (("办公", 0.015), ("商用", 0.005), ("装修中", 0.02), ("内部交易", 0.01)):
            uses += [use] * min(round(rooms * share), rooms - len(uses))
        uses += ["空置"] * (rooms - len(uses))
        self.rng.shuffle(uses)
        return uses

    def _days(self, low: int, high: int) -> timedelta:
        return timedelta(days=self.rng.randint(low, high))

    def _between(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, max((last - first).days, 0)))

    def _outsider(self, living: Living = Living.AWAY) -> Person:
        person = self.people.outsider()
        person.row["living"] = living
        self.outsiders.append(person)
        return person

    def _of_age(self, person: Person, first: date) -> date:
        """The first day from which a person can have owned something."""
        return max(first, person.born_on + timedelta(days=round(20 * 365.25)))

    # Rooms that are lived in

    def _owner_occupied(self, home: Home, use: str) -> None:
        rng = self.rng
        category = rng.choices(_CATEGORIES, (62, 26, 12))[0]
        members = self.people.family(category)
        first = home.completed_on + self._days(20, 400)
        earliest = self._of_age(members[0], first)
        if earliest > first + timedelta(days=365) or rng.random() < 0.15:
            acquired = self._between(max(earliest, first + timedelta(days=700)), self.today - timedelta(days=250))
            self._previous_owner(home, first, acquired)
        else:
            acquired = earliest
        begun = acquired + self._days(5, 60)
        done = begun + self._days(50, 140)
        if rng.random() < 0.7:
            self.uses.append((home, "装修中", begun, done))
            self.works.append((home, begun, done))
        moved_in = done + self._days(1, 30)
        self.uses.append((home, use, moved_in, None))
        self.families.append(Family(category, members, home, moved_in))
        self._own(home, self._owners(members), acquired)
        home.row["decoration_id"] = rng.choice(("精装", "简装", "简装", "豪装") if moved_in.year > 2008 else ("简装", "老旧待修"))

    def _previous_owner(self, home: Home, first: date, acquired: date) -> None:
        seller = self._outsider(Living.MOVED_OUT)
        begin = self._of_age(seller, first)
        if begin < acquired:
            self.owned.append(Owned(home, seller, Decimal(100), begin, acquired))
        moved_in = first + timedelta(days=150)
        if moved_in < acquired:
            self.uses.append((home, self.rng.choice(("自住", "自住", "出租")), moved_in, acquired - timedelta(days=1)))

    def _owners(self, members: list[Person]) -> list[tuple[Person, Decimal]]:
        head, rng = members[0], self.rng
        spouses = [m for m in members if m.row["kinship"] is Kinship.SPOUSE and m.row["living"] is Living.HERE]
        children = [m for m in members if m.row["kinship"] in (Kinship.SON, Kinship.DAUGHTER)]
        if spouses and children and rng.random() < 0.05:
            return [(head, Decimal("33.34")), (spouses[0], Decimal("33.33")), (children[0], Decimal("33.33"))]
        if spouses and rng.random() < 0.4:
            return [(head, Decimal(50)), (spouses[0], Decimal(50))]
        return [(head, Decimal(100))]

    def _own(self, home: Home, owners: list[tuple[Person, Decimal]], acquired: date) -> None:
        """Current owners, for most of them with a title deed."""
        deed = None
        issued = acquired + self._days(30, 300)
        if self.rng.random() < 0.85 and issued <= self.today:
            deed = len(self.deeds)
            new = issued >= _REAL_ESTATE
            number = f"甘({issued.year})庆城县不动产权第{deed + 1201:07d}号" if new else f"房权证庆城字第{deed + 30017:06d}号"
            self.deeds.append(
                (
                    home,
                    {
                        "number": number,
                        "kind_id": "不动产权证" if new else "房屋所有权证",
                        "issued_on": issued,
                        "certified_area": home.gross,
                        "registered_to": "、".join(person.row["name"] for person, _share in owners),
                    },
                )
            )
        for person, share in owners:
            # A child born after the purchase was entered on the deed later.
            self.owned.append(Owned(home, person, share, max(acquired, person.born_on), None, deed))

    def _landlord(self, first: date) -> tuple[Person, date]:
        """An owner who does not live in the room: a family with a second flat, or somebody elsewhere; and since when."""
        own = [f for f in self.rng.sample(self.families, min(3, len(self.families))) if f.category == "职工住户"]
        person = own[0].head if own and self.rng.random() < 0.4 else self._outsider()
        return person, self._of_age(person, first)

    def _let(self, home: Home, use: str) -> None:
        first = home.completed_on + self._days(20, 400)
        owner, acquired = self._landlord(first)
        self._own(home, [(owner, Decimal(100))], acquired)
        members = self.people.family("租住户")
        starts, ends = self._current_lease()
        moved_in = min(starts + self._days(0, 9), self.today)
        family = Family("租住户", members, home, moved_in)
        self.families.append(family)
        rent = Decimal(round(float(home.gross) * self.rng.uniform(7, 13) / 50) * 50)
        self._lease(home, members[0], family, starts, ends, None, rent)
        if ends >= self.today and self.rng.random() < 0.05:
            later = ends + self._days(1, 20)
            self._lease(home, self._outsider(), None, later, later + timedelta(days=364), None, rent + 50)
        let_since = self._earlier_leases(home, starts, acquired + timedelta(days=240), rent)
        self.uses.append((home, use, let_since, None))
        if acquired + timedelta(days=120) < let_since:
            before = self.rng.choice(("自住", "空置"))
            self.uses.append((home, before, acquired + timedelta(days=120), let_since - timedelta(days=1)))
        home.row["decoration_id"] = self.rng.choice(("简装", "简装", "精装"))

    def _current_lease(self) -> tuple[date, date]:
        """First and last day: a tenth runs out within 30 days, some have run out without an end."""
        chance, years = self.rng.random(), self.rng.choice((1, 1, 1, 2))
        if chance < 0.1:
            ends = self.today + self._days(0, 30)
        elif chance < 0.14:
            ends = self.today - self._days(1, 60)
        else:
            ends = self.today + self._days(31, 364 * years - 5)
        return ends - timedelta(days=365 * years - 1), ends

    def _earlier_leases(self, home: Home, until: date, earliest: date, rent: Decimal) -> date:
        """Up to three tenancies before the present one; returns since when the room has been let."""
        since = until
        for _nth in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
            left = since - self._days(1, 60)
            starts = left - timedelta(days=365 * self.rng.choice((1, 2)) - 1)
            if starts < earliest:
                break
            rent = max(rent - self.rng.choice((0, 50, 100)), Decimal(200))
            early = self.rng.random() < 0.25
            ends = left + self._days(20, 150) if early else left
            self._lease(home, self._outsider(Living.MOVED_OUT), None, starts, ends, left, rent)
            since = starts
        return since

    def _lease(
        self, home: Home, tenant: Person, family: Family | None, starts: date, ends: date, ended: date | None, rent: Decimal
    ) -> None:
        row = {
            "starts_on": starts,
            "ends_on": ends,
            "ended_on": ended,
            "rent": rent,
            "deposit": rent,
            "contract_no": f"ZL-{starts.year}-{len(self.tenancies) + 1:05d}",
        }
        self.tenancies.append((home, tenant, family, row))

    # Rooms that are not lived in

    def _vacant(self, home: Home, use: str) -> None:
        first = home.completed_on + self._days(20, 400)
        if self.rng.random() < 0.15:
            self.uses.append((home, use, home.completed_on, None))  # never sold
            home.row["decoration_id"] = "毛坯"
            return
        owner, acquired = self._landlord(first)
        self._own(home, [(owner, Decimal(100))], acquired)
        emptied = self._between(acquired + timedelta(days=200), self.today)
        emptied = min(emptied, self.today)
        if acquired + timedelta(days=150) < emptied and self.rng.random() < 0.7:
            self.uses.append((home, "自住", acquired + timedelta(days=150), emptied - timedelta(days=1)))
        self.uses.append((home, use, emptied, None))
        home.row["decoration_id"] = self.rng.choice(("简装", "毛坯", "老旧待修"))

    def _being_decorated(self, home: Home, use: str) -> None:
        first = home.completed_on + self._days(20, 400)
        acquired = self.today - self._days(60, 250)
        self._previous_owner(home, first, acquired)
        self._own(home, [(self._outsider(), Decimal(100))], acquired)
        begun = self.today - self._days(3, 50)
        self.uses.append((home, use, begun, None))
        self.works.append((home, begun, begun + timedelta(days=90)))

    def _traded(self, home: Home, use: str) -> None:
        first = home.completed_on + self._days(20, 400)
        owner, acquired = self._landlord(first)
        self._own(home, [(owner, Decimal(100))], acquired)
        offered = self.today - self._days(5, 120)
        if acquired + timedelta(days=150) < offered:
            self.uses.append((home, "自住", acquired + timedelta(days=150), offered - timedelta(days=1)))
        self.uses.append((home, use, offered, None))
        home.row["decoration_id"] = "简装"

    def _business(self, home: Home, use: str) -> None:
        self.uses.append((home, use, home.completed_on + self._days(30, 300), None))
        home.row["decoration_id"] = "简装"

    def _left(self) -> None:
        category = self.rng.choices((*_CATEGORIES, "租住户"), (30, 25, 15, 30))[0]
        members = self.people.family(category)
        for member in members:
            if member.row["living"] is not Living.DECEASED:
                member.row["living"] = Living.MOVED_OUT
        moved_out = self.today - self._days(20, 1500)
        self.families.append(Family(category, members, None, moved_out - self._days(300, 2500), moved_out))
