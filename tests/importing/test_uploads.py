"""Uploads through the door: refused before they are stored, kept whole or not at all, whatever their names are."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.formparser import MultiPartParser

from app.database import db
from app.entity.file_limits import DEFAULT_LIMITS
from app.entity.file_names import clean_name
from models.platform.imports import ImportBatch
from tests.importing import hostile as h
from tests.importing.hostile_files import FILES, LINKED, ODD, File
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("clean")
URL = "/housing/areas/import"
STREAMS = "werkzeug.wrappers.request.default_stream_factory"
"""Where the parts of a form that is being received are put."""
GOOD = "片区编号,片区名称\n湖滨,湖滨花园\n".encode()
WIZARD = [*LINKED, *ODD, *[f for f in FILES if f.small == 1 and f.limits is DEFAULT_LIMITS][::6]]


def send(browser: FlaskClient, content: bytes, name: str, url: str = URL, **environ: Any) -> Any:
    """Post a form with a file, as a browser does."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    return browser.post(
        url,
        input_stream=io.BytesIO(body),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(len(body)), **environ},
    )


def stored(app: Flask) -> list[Path]:
    return list((Path(app.config["INSTANCE_DIR"]) / "uploads").glob("*"))


def last(app: Flask) -> ImportBatch | None:
    with app.app_context():
        return db.session.scalar(sa.select(ImportBatch).order_by(ImportBatch.id.desc()))


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was taken apart as a form: a body that was read leaves a mark here."""
    seen: list[str] = []
    real = MultiPartParser.parse

    def noted(self: MultiPartParser, *args: Any) -> Any:
        seen.append("read")
        return real(self, *args)

    monkeypatch.setattr(MultiPartParser, "parse", noted)
    return seen


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_hostile_files_in_the_wizard(app: Flask, users: Users, locale: str, tmp_path: Path) -> None:
    """Each is refused on the page of the upload, or goes on; nothing of what was refused stays."""
    browser = users.browser("clerk")
    browser.get(f"/lang/{locale}")
    before = stored(app)
    files: list[File] = WIZARD if locale == "zh" else WIZARD[::5]
    for file in files:
        path = file.make(tmp_path / "file", file.small)
        answer = send(browser, path.read_bytes(), file.name)
        if file.rows is None:
            assert answer.status_code in (302, 422), (file.id, answer.text[-500:])
        if answer.status_code == 302:
            assert browser.get(answer.location).status_code == 200, file.id
            tried = browser.post(answer.location, data={"_step": "try", "column.0": "code", "column.1": "name", "key": "code"})
            assert tried.status_code in (302, 422), file.id
            assert browser.get(tried.location or answer.location).status_code == 200, file.id
            for kept in set(stored(app)) - set(before):
                kept.unlink()
        else:
            assert 'role="alert"' in answer.text, file.id
            assert stored(app) == before, file.id


def test_too_large(app: Flask, users: Users, monkeypatch: pytest.MonkeyPatch, bodies: list[str]) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 2 * h.MIB)
    answer = send(users.browser("clerk"), bytes(3 * h.MIB), "a.csv")
    assert answer.status_code == 413
    assert "2 MiB" in answer.text
    assert 'name="file"' in answer.text, "the step of the upload, where another file can be chosen"
    assert bodies == []


def test_too_large_without_saying_so(app: Flask, users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STREAMS, lambda **_sizes: io.BytesIO())
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1 * h.MIB)
    answer = send(users.browser("clerk"), bytes(2 * h.MIB), "a.csv", **{"wsgi.input_terminated": True, "CONTENT_LENGTH": ""})
    assert answer.status_code == 413
    assert "1 MiB" in answer.text
    assert 'name="file"' in answer.text


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("nobody", 403), ("manager", 403)])
def test_without_the_right_nothing_is_read(users: Users, name: str | None, status: int, bodies: list[str]) -> None:
    answer = send(users.browser(name), GOOD, "a.csv")
    assert answer.status_code == status
    assert bodies == []
    assert send(users.browser(name), GOOD * 100_000, "a.csv", "/nowhere").status_code == 404
    assert bodies == []


@pytest.mark.parametrize("where", ["storing", "receiving"])
def test_a_full_disk(app: Flask, users: Users, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    browser = users.browser("clerk")
    before = stored(app)

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def half(self: FileStorage, path: Path) -> None:
        Path(path).write_bytes(b"half")
        full()

    if where == "storing":
        monkeypatch.setattr(FileStorage, "save", half)
    else:
        monkeypatch.setattr(STREAMS, full)
    answer = send(browser, GOOD, "a.csv")
    assert answer.status_code == 507
    assert "Traceback" not in answer.text
    assert stored(app) == before
    monkeypatch.undo()
    assert send(browser, GOOD, "a.csv").status_code == 302


NAMES = [
    ("../../etc/passwd.csv", "passwd.csv"),
    ("C:\\Users\\x\\片区.csv", "片区.csv"),
    ("a\x00b\x07\nc.csv", "ab c.csv"),
    ("a\u202evsc.csv", "avsc.csv"),
    ("x" * 300 + ".xlsx", "x" * 250 + ".xlsx"),
    ("..", ""),
    ("/", ""),
    ("\u200b", ""),
    ("  a  .csv ", "a .csv"),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
def test_names(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_names_through_the_door(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    for given, kept in [("字" * 300 + ".csv", "字" * 251 + ".csv"), ("a\u202e<b>'.csv", "a<b>'.csv")]:
        answer = send(browser, GOOD, given)
        assert answer.status_code == 302
        found = last(app)
        assert found is not None
        assert found.file_name == kept
        assert browser.get(answer.location).status_code == 200


def test_a_file_that_is_gone(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    where = send(browser, GOOD, "a.csv").location
    for path in stored(app):
        path.unlink()
    answer = browser.get(where)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text
