"""Files follow the transaction: of their own session, and of its end, not of its savepoints."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from app import file_changes, files
from app.database import db, reading


def test_files_follow_the_transaction(app: Flask) -> None:
    with app.app_context():
        session = db.session()

        def exists(key: str) -> bool:
            try:
                return files.get(key) == b"x"
            except FileNotFoundError:
                return False

        lost = file_changes.put(session, ".jpg", b"x")
        session.execute(sa.text("SELECT 1"))
        session.rollback()
        assert not exists(lost)
        session.execute(sa.text("SELECT 1"))
        kept = file_changes.put(session, ".jpg", b"x")
        point = session.begin_nested()
        point.commit()
        point = session.begin_nested()
        file_changes.delete(session, [kept])
        point.rollback()
        session.commit()
        assert exists(kept)
        # Another session's end means nothing here.
        session.execute(sa.text("SELECT 1"))
        mine = file_changes.put(session, ".jpg", b"x")
        with reading(), sa.orm.Session(db.engine) as other:
            other.execute(sa.text("SELECT 1"))
            other.rollback()
        assert exists(mine)
        file_changes.delete(session, [kept])
        point = session.begin_nested()
        point.commit()
        assert exists(kept)
        session.rollback()
        assert exists(kept)
        assert not exists(mine)
        session.execute(sa.text("SELECT 1"))
        file_changes.delete(session, [kept])
        session.commit()
        assert not exists(kept)
        closed = file_changes.put(session, ".jpg", b"x")
        session.execute(sa.text("SELECT 1"))
        session.close()
        assert not exists(closed)
