"""People of the demo community: names, ages, ID numbers, families. Invented; every number has a right check digit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from models.housing import demo_names as names
from models.housing.id_numbers import check_digit
from models.housing.residents import Kinship, Living, Sex

_GIVEN = {Sex.MALE: names.MEN, Sex.FEMALE: names.WOMEN}


@dataclass(slots=True)
class Person:
    """A resident being made; `row` is what is inserted, `id` is known afterwards. household: the place of the family in its list."""

    row: dict[str, Any]
    household: int | None = None
    id: int = 0

    @property
    def born_on(self) -> date:
        """The birth date."""
        return self.row["born_on"]

    @property
    def surname(self) -> str:
        """The surname, for children."""
        name: str = self.row["name"]
        return name[:2] if name[:2] in ("尉迟", "令狐", "长孙") else name[:1]


def years_before(day: date, years: float) -> date:
    """A day some years earlier."""
    return day - timedelta(days=round(years * 365.2425))


class _Weighted:
    """Words with weights: "王 720 李 700"."""

    def __init__(self, text: str) -> None:
        parts = text.split()
        self._words = parts[::2]
        self._sums = list(accumulate(int(weight) for weight in parts[1::2]))

    def pick(self, rng: Random) -> str:
        """A word, as often as its weight says."""
        return rng.choices(self._words, cum_weights=self._sums)[0]


class People:
    """Makes persons and families from one source of chance; no two get the same ID number or phone."""

    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self._surnames = _Weighted(names.SURNAMES)
        self._divisions = _Weighted(names.DIVISIONS)
        self._given = {sex: {era: text.split() for era, text in eras.items()} for sex, eras in _GIVEN.items()}
        self._employers, self._others = names.EMPLOYERS.split(), names.OTHER_EMPLOYERS.split()
        self._prefixes = names.MOBILE_PREFIXES.split()
        self._used: set[str] = set()

    def surname(self) -> str:
        """A surname, as often as in life."""
        return self._surnames.pick(self.rng)

    def _name(self, surname: str, sex: Sex, born_on: date) -> str:
        era = max(era for era in self._given[sex] if era <= born_on.year)
        return surname + self.rng.choice(self._given[sex][era])

    def _id_number(self, sex: Sex, born_on: date) -> str:
        while True:
            division = self._divisions.pick(self.rng)
            if born_on < date(2002, 6, 1):
                division = names.BEFORE_2002.get(division, division)
            serial = self.rng.randrange(0, 500) * 2 + (sex is Sex.MALE)
            first = f"{division}{born_on:%Y%m%d}{serial:03d}"
            if first not in self._used:
                self._used.add(first)
                return first + check_digit(first)

    def phone(self) -> str:
        """A mobile number that nobody else has."""
        while True:
            number = f"{self.rng.choice(self._prefixes)}{self.rng.randrange(10**8):08d}"
            if number not in self._used:
                self._used.add(number)
                return number

    def person(self, age: float, sex: Sex, surname: str = "", kinship: Kinship | None = None, living: Living = Living.HERE) -> Person:
        """A person of about this age."""
        rng = self.rng
        born_on = years_before(self.today, max(age, 0)) - timedelta(days=rng.randrange(365))
        name = self._name(surname or self.surname(), sex, born_on)
        years = (self.today - born_on).days // 365
        row = {
            "name": name,
            "kinship": kinship,
            "sex": sex,
            "born_on": born_on,
            "id_number": self._id_number(sex, born_on) if years >= 16 or rng.random() < 0.8 else None,
            "phone": self.phone() if years >= 13 and living is not Living.DECEASED and rng.random() < 0.97 else None,
            "employer": rng.choice(self._employers if rng.random() < 0.8 else self._others) if 22 <= years <= 85 else None,
            "living": living,
        }
        return Person(row)

    def outsider(self) -> Person:
        """Somebody who owns or rented a room but belongs to no household here."""
        sex = self.rng.choice((Sex.MALE, Sex.FEMALE))
        return self.person(self.rng.uniform(30, 72), sex, living=Living.AWAY)

    def family(self, category: str) -> list[Person]:
        """A household of a category; the head comes first, a spouse, if any, second."""
        makers = {"离退休住户": self._retired, "租住户": self._tenants}
        return makers.get(category, self._parents)()

    def _couple(self, low: float, high: float, chance: float) -> tuple[list[Person], float]:
        rng = self.rng
        age = rng.triangular(low, high)
        sex = Sex.MALE if rng.random() < 0.68 else Sex.FEMALE
        members = [self.person(age, sex, kinship=Kinship.HEAD)]
        if rng.random() < chance:
            other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
            years = min(max(age + (-2 if other is Sex.FEMALE else 2) + rng.uniform(-3, 3), 20), 95)
            living = Living.DECEASED if age > 68 and rng.random() < 0.15 else Living.HERE
            members.append(self.person(years, other, kinship=Kinship.SPOUSE, living=living))
        return members, age

    def _children(self, members: list[Person], age: float, counts: tuple[float, ...]) -> None:
        rng = self.rng
        head = members[0]
        # Children bear the father's name; of a woman alone we know no other.
        father = head if head.row["sex"] is Sex.MALE or len(members) == 1 else members[1]
        mother = min(age, (self.today - members[1].born_on).days / 365) if len(members) > 1 else age
        first = mother - rng.uniform(22, 31)
        for nth in range(rng.choices(range(len(counts)), counts)[0]):
            years = first - nth * rng.uniform(2, 6)
            if years < 0:
                return
            away = years > 18 and rng.random() < 0.6
            sex = rng.choice((Sex.MALE, Sex.FEMALE))
            kinship = Kinship.SON if sex is Sex.MALE else Kinship.DAUGHTER
            members.append(self.person(years, sex, father.surname, kinship, Living.AWAY if away else Living.HERE))

    def _parents(self) -> list[Person]:
        members, age = self._couple(26, 58, 0.86)
        self._children(members, age, (0.22, 0.56, 0.22))
        if self.rng.random() < 0.1 and age < 56:
            male = self.rng.random() < 0.4
            kinship = Kinship.FATHER if male else Kinship.MOTHER
            surname = members[0].surname if male else ""
            members.append(self.person(age + self.rng.uniform(23, 31), Sex.MALE if male else Sex.FEMALE, surname, kinship))
        return members

    def _retired(self) -> list[Person]:
        members, age = self._couple(58, 86, 0.74)
        if self.rng.random() < 0.25:
            self._children(members, age, (0.1, 0.7, 0.2))
        return members

    def _tenants(self) -> list[Person]:
        rng = self.rng
        if rng.random() < 0.3:
            members, _age = self._couple(21, 40, 0)
            for _nth in range(rng.choice((0, 1, 1, 2))):
                members.append(self.person(rng.uniform(21, 38), rng.choice((Sex.MALE, Sex.FEMALE)), kinship=Kinship.FLATMATE))
            return members
        members, age = self._couple(23, 48, 0.8)
        self._children(members, age, (0.45, 0.45, 0.1))
        return members
