"""Residents (人员, row 1.1): members of households, owners and tenants alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import BadValue, Base, ChoiceSet, Journaled, Mask, Problem, column, relation, today
from models.housing import id_numbers, phones
from models.housing.batches import rows_in
from models.housing.households import Household, living_here
from models.housing.periods import Span, full_years, rivals, years_since
from models.housing.rooms import Room
from models.seen import Seen

_HAS_HEAD = _("The household already has a head; change that person's relation first")
_KNOWN_NUMBER = _("Another resident has this ID number; search for it and use that person, or correct the number")
# It does not say what the number says: whoever may not see the number could ask it out of us.
_DIFFERS = _("Differs from the ID number; correct one of the two, or empty this field to fill it from the number")


class Sex(ChoiceSet):
    """As in the ID number."""

    FEMALE = "female", _("Female"), "violet"
    MALE = "male", _("Male"), "blue"


class Kinship(ChoiceSet):
    """Relation to the head of the household (与户主关系)."""

    HEAD = "head", _("Head of household"), "green"
    SPOUSE = "spouse", _("Spouse"), "teal"
    SON = "son", _("Son"), "blue"
    DAUGHTER = "daughter", _("Daughter"), "blue"
    FATHER = "father", _("Father"), "amber"
    MOTHER = "mother", _("Mother"), "amber"
    PARENT_IN_LAW = "parent_in_law", _("Parent-in-law"), "amber"
    CHILD_IN_LAW = "child_in_law", _("Child-in-law"), "blue"
    GRANDCHILD = "grandchild", _("Grandchild"), "blue"
    GRANDPARENT = "grandparent", _("Grandparent"), "amber"
    SIBLING = "sibling", _("Sibling"), "teal"
    FLATMATE = "flatmate", _("Flatmate"), "gray"
    OTHER = "other", _("Other"), "gray"


class Living(ChoiceSet):
    """Whether the person lives here (常住与否)."""

    HERE = "here", _("Lives here"), "green"
    AWAY = "away", _("Lives elsewhere"), "blue"
    MOVED_OUT = "moved_out", _("Has moved out"), "gray"
    DECEASED = "deceased", _("Deceased"), "gray"


class Resident(Base, Journaled):
    """A person (row 1.1): a member of a household, an owner of a room or its tenant; owners who live elsewhere have no household.

    That a household has at most one head is guaranteed by a partial unique index; to hand headship on, change the old head's
    relation first. That an ID number occurs once is only checked, since real registers contain duplicates that must be kept
    until they are cleared up: two clerks who type the same number in the same second are both let through."""

    __label__ = _("Resident")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (
        sa.Index(
            "uq_resident_head",
            "household_id",
            unique=True,
            sqlite_where=sa.text("kinship = 'head'"),
            postgresql_where=sa.text("kinship = 'head'"),
            info={"field": "kinship", "message": _HAS_HEAD},
        ),
    )

    name: Mapped[str] = column(
        _("Name"),
        max_length=60,
        ordered=True,
        searched=True,
        person=True,
        aliases=("姓名", "业主姓名", "业主名称", "产权人", "租户姓名", "租户", "成员姓名"),
    )
    household: Mapped[Household | None] = relation(_("Household"), aliases=("户号", "住户", "所属住户"))
    kinship: Mapped[Kinship | None] = column(
        _("Relation to the head"), choices=Kinship, aliases=("与户主关系", "与户主的关系", "关系", "家庭关系")
    )
    sex: Mapped[Sex | None] = column(_("Sex"), choices=Sex, hint=_("Follows from the ID number"), aliases=("性别",))
    born_on: Mapped[date | None] = column(
        _("Born on"), past=True, hint=_("Follows from the ID number"), aliases=("出生日期", "出生年月", "生日")
    )
    id_number: Mapped[str | None] = column(
        _("ID number"),
        max_length=18,
        index=True,
        searched=True,
        mask=Mask.ID_NUMBER,
        clean=id_numbers.clean,
        aliases=("身份证号", "身份证号码", "身份证", "证件号码", "证件号", "业主身份证号码", "公民身份号码"),
    )
    phone: Mapped[str | None] = column(
        _("Phone"),
        max_length=32,
        index=True,
        searched=True,
        mask=Mask.PHONE,
        clean=phones.clean,
        aliases=("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "业主手机号码"),
    )
    employer: Mapped[str | None] = column(_("Employer"), max_length=120, ordered=True, aliases=("工作单位", "单位", "职业"))
    living: Mapped[Living] = column(_("Living here"), choices=Living, default=Living.HERE, aliases=("常住", "居住状态", "常住情况"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    @property
    def age(self) -> int | None:
        """Age in full years; None when the birth date is not known."""
        return full_years(self.born_on)

    @property
    def is_head(self) -> bool:
        """Whether this is the head of the household."""
        return self.kinship is Kinship.HEAD

    def _card(self) -> tuple[date, Sex] | None:
        """What the ID number says; None when it says nothing."""
        try:
            number = id_numbers.clean(self.id_number or "")
        except BadValue:
            return None
        return id_numbers.birth_date(number), Sex(id_numbers.sex(number))

    def prepare(self, session: Session) -> None:
        """Fill birth date and sex, where they are empty, from the ID number."""
        if (card := self._card()) is not None:
            self.born_on, self.sex = self.born_on or card[0], self.sex or card[1]

    def check(self) -> Iterable[Problem]:
        """The ID number is possible and agrees with birth date and sex; a head has a household."""
        if self.id_number:
            yield from self._check_card()
        if self.is_head and self.household is None and self.household_id is None:
            yield Problem("household", _("Choose the household whose head this is"))

    def _check_card(self) -> Iterator[Problem]:
        try:
            id_numbers.clean(self.id_number or "")
        except BadValue as error:
            yield Problem("id_number", str(error))
            return
        born, sex = self._card() or (self.born_on, self.sex)
        if self.born_on is not None and self.born_on != born:
            yield Problem("born_on", _DIFFERS)
        if self.sex is not None and self.sex is not sex:
            yield Problem("sex", _DIFFERS)

    @classmethod
    def check_many(cls, session: Session, records: Sequence[Self]) -> Iterator[tuple[Self, Problem]]:
        """One head per household, and no ID number twice. Two queries per 500 records.

        The messages name nobody: the other person may be one that this user must not see."""
        batch = {resident.id: resident for resident in records}
        heads = sa.select(cls.id, cls.household_id).where(cls.kinship == Kinship.HEAD)
        households = (resident.household_id for resident in records if resident.is_head)
        spans = (Span(*row, None, None) for row in rows_in(session, heads, cls.household_id, households))
        for record, _span, others in rivals(spans, batch):
            if others:
                yield record, Problem("kinship", _HAS_HEAD)
        numbers = rows_in(session, sa.select(cls.id, cls.id_number), cls.id_number, (resident.id_number for resident in records))
        for record, _span, others in rivals((Span(*row, None, None) for row in numbers), batch):
            if others:
                yield record, Problem("id_number", _KNOWN_NUMBER)


def _living_in(buildings: sa.Select[Any], seen: Seen) -> tuple[sa.ColumnElement[bool], ...]:
    """Who lives in buildings today: members of the households there, save those of whom it is known that they live elsewhere."""
    here = sa.or_(Resident.living.is_(None), Resident.living == Living.HERE)
    seen_ones = (*seen(Room), *seen(Household), *seen(Resident))
    return Room.building_id.in_(buildings), *living_here(today()), here, *seen_ones


def _residents(*columns: Any) -> sa.Select[Any]:
    query = sa.select(Room.building_id, *columns).join_from(Resident, Household, Resident.household_id == Household.id)
    return query.join(Room, Household.room_id == Room.id).group_by(Room.building_id)


def residents_in(buildings: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """(building, people who live in it)."""
    return _residents(sa.func.count()).where(*_living_in(buildings, seen))


def ages_in(buildings: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """(building, the ages of those who live in it added up, how many they are), of those of which it is known when they were born."""
    query = _residents(sa.func.sum(years_since(Resident.born_on)), sa.func.count())
    return query.where(*_living_in(buildings, seen), Resident.born_on.is_not(None))
