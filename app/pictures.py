"""Galleries: the pictures of a record, or those that wait under a form until its record exists. Everything here flushes, never
commits; files follow the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import file_changes
from app.picture_content import Reduced
from models.base import BadValue, Base, utcnow
from models.platform.drafts import FormDraft
from models.platform.pictures import Picture

MOST = 60
"""So many pictures one gallery holds at most."""
WAITING = 200
"""So many pictures of one user wait under forms at most; older ones give way."""
KEPT = timedelta(days=30)
"""As long as a draft is kept, its pictures are."""
FORGOTTEN = timedelta(days=1)
"""Pictures of a form without a draft: nothing leads to them any more."""
UNDO_MINUTES = 10
_TIDIED = 100
_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Gallery:
    """Whose pictures: those of the record with this id, or, without one, those that user_id added to a form. user_id is who is at
    work."""

    table: str
    record_id: int | None
    form: str | None = None
    user_id: int | None = None

    def everything(self) -> tuple[sa.ColumnElement[bool], ...]:
        """What the gallery holds, with what was taken off and may still come back."""
        if self.record_id is not None:
            return Picture.owner_table == self.table, Picture.owner_id == self.record_id
        return (
            Picture.owner_table == self.table,
            Picture.owner_id.is_(None),
            Picture.form == self.form,
            Picture.created_by_id == self.user_id,
        )

    def shown(self) -> tuple[sa.ColumnElement[bool], ...]:
        """What the gallery shows."""
        return *self.everything(), Picture.removed_at.is_(None)


def pictures_in(session: Session, gallery: Gallery) -> Sequence[Picture]:
    """The pictures of a gallery, cover first."""
    query = sa.select(Picture).where(*gallery.shown()).order_by(Picture.position, Picture.id)
    # Two who add at once may both just pass MOST; the bound is for the query, not for them.
    return session.scalars(query.limit(2 * MOST)).all()


def find_picture(session: Session, gallery: Gallery, picture_id: int, *, removed: bool = False) -> Picture | None:
    """One picture of a gallery; removed: one that was taken off."""
    where = (*gallery.everything(), Picture.removed_at.is_not(None)) if removed else gallery.shown()
    return session.scalar(sa.select(Picture).where(Picture.id == picture_id, *where))


def add_picture(session: Session, gallery: Gallery, picture: Reduced, name: str, caption: str = "", position: int | None = None) -> Picture:
    """Put a picture at the end of a gallery, or at a position, for several that come at once and arrive in any order; without a caption
    it bears its file's name. Raises BadValue when the gallery is full."""
    tidy(session)
    count, last = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(Picture.position), -1)).where(*gallery.shown())
    ).one()
    if count >= MOST:
        raise BadValue(_("%(name)s: there are %(most)s pictures already, the most that are kept; remove some first.", name=name, most=MOST))
    added = Picture(
        owner_table=gallery.table,
        owner_id=gallery.record_id,
        form=gallery.form if gallery.record_id is None else None,
        position=last + 1 if position is None else position,
        caption=(caption.strip() or name)[:200],
        created_at=utcnow(),
        created_by_id=gallery.user_id,
    )
    _store(session, added, picture)
    session.add(added)
    session.flush()
    if gallery.record_id is None:
        _give_way(session, gallery)
    return added


def _store(session: Session, row: Picture, picture: Reduced) -> None:
    row.file_key = file_changes.put(session, ".jpg", picture.content)
    row.thumb_key = file_changes.put(session, ".thumb.jpg", picture.thumb)
    row.width, row.height, row.size = picture.width, picture.height, len(picture.content)


def replace_content(session: Session, row: Picture, picture: Reduced) -> None:
    """Give a picture other content, under keys of its own, so that nobody is shown what he kept of the old one."""
    file_changes.delete(session, (row.file_key, row.thumb_key))
    _store(session, row, picture)
    session.flush()


def move_picture(session: Session, gallery: Gallery, picture: Picture, to: int) -> list[int]:
    """Put a picture at a place, counted from 0; returns the order. The first one is the cover."""
    pictures = [p for p in pictures_in(session, gallery) if p.id != picture.id]
    pictures.insert(max(0, to), picture)
    for position, other in enumerate(pictures):
        other.position = position
    session.flush()
    return [p.id for p in pictures]


def take_off(session: Session, picture: Picture) -> None:
    """Remove a picture from its gallery; for UNDO_MINUTES it can be put back, by setting `removed_at` to None."""
    tidy(session)
    picture.removed_at = utcnow()
    session.flush()


def adopt(session: Session, gallery: Gallery, record: Base, without: Sequence[int] = ()) -> None:
    """Give the pictures that wait under a form to the record that came of it, except some."""
    if without:
        remove_pictures(session, session.scalars(sa.select(Picture).where(*gallery.everything(), Picture.id.in_(without))).all())
    session.execute(
        sa.update(Picture).where(*gallery.everything()).values(owner_id=record.id, form=None).execution_options(synchronize_session=False)
    )


def drop_waiting(session: Session, gallery: Gallery) -> None:
    """Delete what waits under a form that was thrown away."""
    remove_pictures(session, session.scalars(sa.select(Picture).where(*gallery.everything())).all())


def remove_pictures(session: Session, pictures: Sequence[Picture]) -> None:
    """Delete pictures for good; their files go once the deletion is committed."""
    for picture in pictures:
        session.delete(picture)
    session.flush()
    file_changes.delete(session, [key for p in pictures for key in (p.file_key, p.thumb_key)])


def remove_pictures_of(session: Session, table: str, ids: Sequence[int]) -> None:
    """Delete all pictures of records that are being deleted."""
    for start in range(0, len(ids), _PER_QUERY):
        part = ids[start : start + _PER_QUERY]
        query = sa.select(Picture).where(Picture.owner_table == table, Picture.owner_id.in_(part))
        remove_pictures(session, session.scalars(query).all())


def tidy(session: Session) -> int:
    """Delete what was taken off some time ago and what waits for nothing any more; whenever pictures are added or taken off. Returns how
    many."""
    now = utcnow()
    drafted = sa.exists().where(FormDraft.token == Picture.form, FormDraft.saved_as.is_(None))
    waits_in_vain = sa.or_(Picture.created_at < now - KEPT, sa.and_(Picture.created_at < now - FORGOTTEN, ~drafted))
    over = sa.or_(Picture.removed_at < now - timedelta(minutes=UNDO_MINUTES), sa.and_(Picture.form.is_not(None), waits_in_vain))
    pictures = session.scalars(sa.select(Picture).where(over).limit(_TIDIED)).all()
    remove_pictures(session, pictures)
    return len(pictures)


def sweep(session: Session) -> tuple[str, int]:
    """The same as the daily housekeeping."""
    return _("Left-over pictures removed"), tidy(session)


def _give_way(session: Session, gallery: Gallery) -> None:
    mine = sa.select(Picture).where(Picture.form.is_not(None), Picture.created_by_id == gallery.user_id)
    remove_pictures(session, session.scalars(mine.order_by(Picture.id.desc()).offset(WAITING).limit(_TIDIED)).all())
