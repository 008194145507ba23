"""Pictures of records: checked by content, turned upright, reduced, stripped of what cameras add, with a thumbnail."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import files
from models.base import BadValue, Base, utcnow
from models.platform.pictures import Picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
SIDE = 1600
THUMB_SIDE = 320


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture ready to be stored: JPEG bytes, size, and a thumbnail."""

    content: bytes
    thumb: bytes
    width: int
    height: int


def reduce_picture(content: bytes, name: str) -> Reduced:
    """Check and shrink an uploaded picture. Raises BadValue naming the file, what is wrong and what would be right."""
    if len(content) > LARGEST_BYTES:
        raise BadValue(_("%(name)s: larger than 10 MiB; please reduce it.", name=name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            if picture.width * picture.height > LARGEST_PIXELS:
                raise BadValue(_("%(name)s: more than 60 million pixels; please reduce it.", name=name))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BadValue(_("%(name)s is not a picture that can be shown; JPG, PNG, WebP, GIF or BMP are.", name=name)) from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadValue):
            raise
        raise BadValue(_("%(name)s is damaged and cannot be read; please save it again.", name=name)) from None
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    thumb = upright.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return Reduced(_jpeg(upright, 85), _jpeg(thumb, 80), upright.width, upright.height)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    # A fresh save carries no EXIF: no place, no camera, no embedded preview.
    picture.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def pictures_of(session: Session, record: Base) -> Sequence[Picture]:
    """A record's pictures, cover first."""
    query = sa.select(Picture).where(Picture.owner_table == record.__tablename__, Picture.owner_id == record.id)
    return session.scalars(query.order_by(Picture.position, Picture.id)).all()


def add_picture(session: Session, record: Base, content: bytes, name: str, user_id: int | None, caption: str = "") -> Picture:
    """Store a picture of a record; without a caption it bears its file's name.

    The files disappear again if the transaction does not commit. Raises BadValue."""
    reduced = reduce_picture(content, name)
    position = session.scalar(
        sa.select(sa.func.coalesce(sa.func.max(Picture.position), -1) + 1).where(
            Picture.owner_table == record.__tablename__, Picture.owner_id == record.id
        )
    )
    key, thumb_key = files.new_key(".jpg"), files.new_key(".thumb.jpg")
    files.put(key, reduced.content)
    files.put(thumb_key, reduced.thumb)
    _at_end(session, "after_rollback", (key, thumb_key))
    picture = Picture(
        owner_table=record.__tablename__,
        owner_id=record.id,
        position=position,
        caption=(caption.strip() or name)[:200],
        file_key=key,
        thumb_key=thumb_key,
        width=reduced.width,
        height=reduced.height,
        size=len(reduced.content),
        created_at=utcnow(),
        created_by_id=user_id,
    )
    session.add(picture)
    session.flush()
    return picture


def remove_pictures(session: Session, pictures: Sequence[Picture]) -> None:
    """Delete pictures; their files go once the deletion is committed."""
    keys = [k for p in pictures for k in (p.file_key, p.thumb_key)]
    for picture in pictures:
        session.delete(picture)
    session.flush()
    _at_end(session, "after_commit", keys)


def remove_pictures_of(session: Session, table: str, ids: Sequence[int]) -> None:
    """Delete all pictures of records that are being deleted."""
    query = sa.select(Picture).where(Picture.owner_table == table, Picture.owner_id.in_(ids))
    remove_pictures(session, session.scalars(query).all())


def _at_end(session: Session, moment: str, keys: Sequence[str]) -> None:
    """Delete files when the transaction ends one way (`after_rollback`: they were new; `after_commit`: they are gone) and
    keep them when it ends the other way."""
    pending = list(keys)

    def drop(_session: Session) -> None:
        while pending:
            files.delete(pending.pop())

    event.listen(session, moment, drop, once=True)
    other = "after_commit" if moment == "after_rollback" else "after_rollback"
    event.listen(session, other, lambda _session: pending.clear(), once=True)
