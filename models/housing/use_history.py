"""Room use and its history kept in step, for one room or a thousand with the same number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import today, utcnow
from models.bulk import insert_rows
from models.housing.batches import chunks, rows_in


def record_uses(session: Session, history: type[Any], uses: Mapping[int, int | None]) -> None:
    """Close the open history row of every room whose use is now another one, and open a row for the new use.

    history: the RoomUse model; uses: the use of each room by its id. A use that began today is replaced, since nothing lasts
    less than a day. Set-based, because closing must reach the database before opening does: one open row per room."""
    query = sa.select(history.id, history.room_id, history.use_id, history.since_on).where(history.until_on.is_(None))
    open_rows = {row.room_id: row for row in rows_in(session, query, history.room_id, uses)}
    changed = {room_id: use_id for room_id, use_id in uses.items() if use_id != getattr(open_rows.get(room_id), "use_id", None)}
    day = today()
    ended, begun_today = [], []
    for room_id in changed:
        if (row := open_rows.get(room_id)) is not None:
            (begun_today if row.since_on >= day else ended).append(row.id)
    for chunk in chunks(begun_today):
        session.execute(sa.delete(history).where(history.id.in_(chunk)))
    for chunk in chunks(ended):
        values = {"until_on": day - timedelta(days=1), "updated_at": utcnow(), "version": history.version + 1}
        session.execute(sa.update(history).where(history.id.in_(chunk)).values(values))
    signed = {"since_on": day, "created_at": (now := utcnow()), "updated_at": now}
    insert_rows(session, history, [{"room_id": room, "use_id": use, **signed} for room, use in changed.items() if use is not None])


def follow_history(session: Session, room: type[Any], history: type[Any], room_ids: Iterable[int]) -> None:
    """Give each room the use of its open history row, where it has one."""
    present = sa.select(history.use_id).where(history.room_id == room.id, history.until_on.is_(None)).correlate(room).scalar_subquery()
    for chunk in chunks(room_ids):
        wrong = sa.or_(room.use_id.is_(None), room.use_id != present)
        values = {"use_id": present, "updated_at": utcnow(), "version": room.version + 1}
        update = sa.update(room).where(room.id.in_(chunk), present.is_not(None), wrong).values(values)
        session.execute(update, execution_options={"synchronize_session": "fetch"})
