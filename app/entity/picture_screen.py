"""Pictures made into what templates show."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.entity.screens import PictureView
from app.pictures import Gallery, pictures_in
from models.base import Base, Pictured
from models.platform.pictures import Picture


def picture_view(picture: Picture, url: str, may_write: bool) -> PictureView:
    """One picture; url: of its gallery. Its address tells its content apart, so that a page shows at once what was turned."""
    address = f"{url}/{picture.id}"
    mark = picture.file_key.rpartition("/")[2][:8]
    return PictureView(
        picture.id,
        f"{address}?v={mark}",
        f"{address}?size=thumb&v={mark}",
        picture.caption or "",
        picture.position,
        address if may_write else "",
        picture.owner_id is None,
    )


def gallery_views(session: Session, gallery: Gallery, url: str, may_write: bool) -> tuple[PictureView, ...]:
    """The pictures of a gallery at its address: one query."""
    return tuple(picture_view(p, url, may_write) for p in pictures_in(session, gallery))


def picture_views(session: Session, record: Base, url: str, may_write: bool) -> tuple[PictureView, ...] | None:
    """The pictures of a record, None when such records have none; url: of the record."""
    if not isinstance(record, Pictured):
        return None
    return gallery_views(session, Gallery(record.__tablename__, record.id), url + "/pictures", may_write)
