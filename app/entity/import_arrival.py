"""A file comes in: kept, or refused with the reason; from a page with or without script (row 1.10)."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity import import_files as uploads
from app.entity.file_kinds import SheetError
from app.entity.import_door import centre_url
from app.registry import Entity, Registry
from app.security.actor import Actor


def wants_json() -> bool:
    """Whether a script asks, which shows the progress of an upload."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def received(session: Session, registry: Registry, actor: Actor, entity: Entity | None) -> tuple[str, str]:
    """Keep an upload: (where to go on, ''), or ('', why it was refused), and then nothing is kept. entity None: a whole workbook."""
    try:
        upload = request.files.get("file")
        if upload is None:
            raise SheetError(_("Choose a file."))
        batch = uploads.keep_upload(session, entity, actor, registry, upload)
    except SheetError as error:
        session.rollback()
        return "", str(error)
    session.commit()
    return centre_url(f"{batch.id}/map"), ""
