"""Files that follow the database: one that was stored goes again when its row is not committed, and one whose row was deleted goes
only when that is. In doubt a file stays: one too many harms nobody, one too few is lost.

What is pending lies on the session; the listeners are the same for all sessions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, scoped_session

from app import files

_NEW, _GONE = "files_new", "files_gone"


def put(session: Session, suffix: str, content: bytes) -> str:
    """Store a file; returns its key. It disappears unless the transaction is committed."""
    key = files.new_key(suffix)
    files.put(key, content)
    session.info.setdefault(_NEW, []).append(key)
    return key


def take(session: Session, suffix: str, path: Path) -> tuple[str, int]:
    """Move a file of any size into the store; returns its key and its size. It disappears unless the transaction is committed."""
    key = files.new_key(suffix)
    session.info.setdefault(_NEW, []).append(key)
    return key, files.put_file(key, path)


def delete(session: Session, keys: Iterable[str | None]) -> None:
    """Delete files once the transaction is committed, unless the savepoint that this is said in is undone."""
    if isinstance(session, scoped_session):
        session = session()  # the web's stands behind a proxy that does not pass on everything
    point = session.get_nested_transaction()
    session.info.setdefault(_GONE, []).extend((key, point) for key in keys if key)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint was released, nothing is certain yet
    session.info.pop(_NEW, None)
    for key, _point in session.info.pop(_GONE, ()):
        files.delete(key)


@event.listens_for(Session, "after_soft_rollback")
def _undone(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested and _GONE in session.info:
        session.info[_GONE] = [(key, point) for key, point in session.info[_GONE] if not _within(point, transaction)]


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    """However it ended: what is still new now was not committed."""
    if transaction.parent is None:
        session.info.pop(_GONE, None)
        for key in session.info.pop(_NEW, ()):
            files.delete(key)


def _within(point: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while point is not None and point is not outer:
        point = point.parent
    return point is outer
