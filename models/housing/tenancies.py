"""Tenancies (租赁, row 1.2): who rents a room, from when to when, for how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session

from models.base import FIELD, Base, ChoiceSet, FieldInfo, Journaled, Problem, choice_type, column, relation, today
from models.housing.batches import rows_in
from models.housing.households import Household
from models.housing.periods import Span, in_order, rivals
from models.housing.residents import Resident
from models.housing.rooms import Room

NOTICE = timedelta(days=30)
"""How long before its end a tenancy stands out."""


class TenancyState(ChoiceSet):
    """Where a tenancy stands today."""

    UPCOMING = "upcoming", _("Not yet begun"), "violet"
    CURRENT = "current", _("Current"), "green"
    EXPIRING = "expiring", _("Expires within 30 days"), "amber"
    EXPIRED = "expired", _("Expired, not ended"), "red"
    ENDED = "ended", _("Ended"), "gray"


class Tenancy(Base, Journaled):
    """A tenancy of a room (row 1.2). Rent in yuan per month, deposit in yuan.

    ends_on is the last day by contract (empty: open-ended); ended_on the last day in fact, entered when the tenant leaves,
    before or after that. Both days belong to the tenancy. Tenancies of one room do not overlap; this is checked, not guaranteed
    by the database."""

    __label__ = _("Tenancy")
    __title__: ClassVar[tuple[str, ...]] = ("starts_on", "ends_on")

    room: Mapped[Room] = relation(_("Room"), aliases=("房屋", "房号", "房屋编号", "房间号"))
    tenant: Mapped[Resident] = relation(_("Tenant"), aliases=("租户", "承租人", "租户姓名", "租赁人", "当前租赁人"))
    household: Mapped[Household | None] = relation(_("Tenant's household"), aliases=("住户", "租户户号", "户号"))
    starts_on: Mapped[date] = column(_("Lease from"), aliases=("起租日期", "租期开始", "开始日期", "起租日", "租赁开始日期"))
    ends_on: Mapped[date | None] = column(_("Lease until"), aliases=("到期日期", "租期结束", "结束日期", "到期日", "租赁结束日期"))
    ended_on: Mapped[date | None] = column(
        _("Left on"), hint=_("The last day in fact; empty while the tenant lives here"), aliases=("退租日期", "实际退租日期", "搬离日期")
    )
    rent: Mapped[Decimal | None] = column(
        _("Rent"), digits=(12, 2), unit=_("yuan/month"), minimum=0, aliases=("租金", "月租金", "租金(元/月)")
    )
    deposit: Mapped[Decimal | None] = column(_("Deposit"), digits=(12, 2), unit=_("yuan"), minimum=0, aliases=("押金", "保证金"))
    contract_no: Mapped[str | None] = column(
        _("Contract number"), max_length=60, ordered=True, searched=True, index=True, aliases=("合同编号", "合同号", "租约编号")
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    def state_on(self, day: date) -> TenancyState:
        """Where it stands on a day."""
        if self.ended_on is not None and self.ended_on <= day:
            return TenancyState.ENDED
        if self.starts_on > day:
            return TenancyState.UPCOMING
        end = self.ended_on or self.ends_on
        if end is None or end > day + NOTICE:
            return TenancyState.CURRENT
        return TenancyState.EXPIRING if end >= day else TenancyState.EXPIRED

    @hybrid_property
    def state(self) -> TenancyState:
        """Where it stands today; as an expression it filters and sorts (`Tenancy.state == TenancyState.EXPIRING`)."""
        return self.state_on(today())

    @state.inplace.expression
    @classmethod
    def _state_expression(cls) -> sa.ColumnElement[TenancyState]:
        # The day is asked when the statement runs, not when it is built: a built statement may live for days. Values stand in the
        # statement itself, since PostgreSQL groups by an expression only if it reads the same, parameters included.
        day: Any = sa.bindparam(None, callable_=today, type_=sa.Date(), literal_execute=True)
        notice: Any = sa.bindparam(None, callable_=lambda: today() + NOTICE, type_=sa.Date(), literal_execute=True)
        end = sa.func.coalesce(cls.ended_on, cls.ends_on)

        def value(state: TenancyState) -> sa.ColumnElement[Any]:
            return sa.literal(state, choice_type(TenancyState), literal_execute=True)

        return sa.case(
            (cls.ended_on <= day, value(TenancyState.ENDED)),
            (cls.starts_on > day, value(TenancyState.UPCOMING)),
            (sa.or_(end.is_(None), end > notice), value(TenancyState.CURRENT)),
            (end >= day, value(TenancyState.EXPIRING)),
            else_=value(TenancyState.EXPIRED),
        )

    state.info[FIELD] = FieldInfo(_("State"), readonly=True)

    def check(self) -> Iterable[Problem]:
        """A tenancy ends on or after the day on which it begins, by contract and in fact."""
        yield from in_order(self, "starts_on", "ends_on")
        yield from in_order(self, "starts_on", "ended_on")

    @classmethod
    def check_many(cls, session: Session, records: Sequence[Self]) -> Iterator[tuple[Self, Problem]]:
        """Tenancies of one room do not overlap. One query per 500 rooms."""
        query = sa.select(cls.id, cls.room_id, cls.starts_on, sa.func.coalesce(cls.ended_on, cls.ends_on))
        spans = (Span(*row) for row in rows_in(session, query, cls.room_id, (record.room_id for record in records)))
        for record, span, others in rivals(spans, {record.id: record for record in records}):
            other = next((o for o in others if span.overlaps(o)), None)
            if other is not None:
                message = _("This room is let for these days already: %(period)s; change the dates or end that tenancy", period=str(other))
                yield record, Problem("starts_on", message)
