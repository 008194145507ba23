"""Pictures: checked by content, reduced, stripped, kept in order, served only to those who may see the record."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from app.database import db
from app.entity.datamodel import remove
from app.extension import portal
from app.pictures import MOST, UNDO_MINUTES, Gallery, pictures_in, tidy
from app.security.actor import Actor
from models.base import utcnow
from models.platform.pictures import Picture
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")
JSON = {"Accept": "application/json"}


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG", colour: object = "teal", mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, size, colour).save(stream, kind, **options)
    return stream.getvalue()


def halves(left: str, right: str, size: tuple[int, int] = (80, 40)) -> bytes:
    """A picture whose sides are told apart."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def upload(content: bytes, name: str = "photo.png") -> dict[str, object]:
    return {"pictures": (io.BytesIO(content), name)}


def add(browser: FlaskClient, url: str, content: bytes = b"", name: str = "photo.png") -> int:
    """Upload a picture as the page's script does; returns its number."""
    answer = browser.post(f"{url}/pictures", data=upload(content or picture(), name), headers=JSON)
    assert answer.status_code == 200, answer.text
    return int(re.search(r'data-picture="(\d+)"', answer.json["html"])[1])


def order(page: TestResponse) -> list[int]:
    """The pictures of a page, cover first."""
    return [int(n) for n in re.findall(r'data-picture="(\d+)"', page.text)]


def stored(app: Flask) -> list[Path]:
    return [p for p in (Path(app.config["INSTANCE_DIR"]) / "files").rglob("*") if p.is_file()]


def shown(browser: FlaskClient, url: str, number: int, query: str = "") -> Image.Image:
    return Image.open(io.BytesIO(browser.get(f"{url}/pictures/{number}{query}").data))


@pytest.fixture
def pet_url(app: Flask) -> str:
    with app.app_context():
        pet = make_example(portal().registry.entity("pets"))
        db.session.commit()
        return f"/housing/pets/{pet.id}"


def test_added_shown_and_removed_with_the_record(app: Flask, users: Users, pet_url: str) -> None:
    before = len(stored(app))
    clerk = users.browser("clerk")
    assert clerk.post(f"{pet_url}/pictures", data=upload(picture())).status_code == 302
    (number,) = order(clerk.get(pet_url))
    link = f"{pet_url}/pictures/{number}"
    answer = clerk.get(link)
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert len(stored(app)) == before + 2
    assert users.browser("admin").post(f"{pet_url}/delete", data={"confirmed": "1"}).status_code == 302
    assert len(stored(app)) == before


def test_who_may_see_and_who_may_change(users: Users, pet_url: str) -> None:
    number = add(users.browser("clerk"), pet_url)
    link = f"{pet_url}/pictures/{number}"
    manager = users.browser("manager")
    page = manager.get(pet_url).text
    assert f'data-picture="{number}"' in page
    assert 'type="file"' not in page
    assert "data-pictures=" not in page
    assert f"{link}/" not in page
    assert manager.get(link).status_code == 200
    changes = [f"{pet_url}/pictures", "/housing/pets/pictures-of-form/" + "a" * 22] + [
        f"{link}/{c}" for c in ("caption", "move", "turn", "delete", "restore")
    ]
    for url in changes:
        assert manager.post(url, data=upload(picture())).status_code == 403, url
        assert users.browser("nobody").post(url).status_code == 403, url
    assert users.browser("nobody").get(link).status_code == 403
    assert users.browser(None).get(link).status_code == 302
    assert order(manager.get(pet_url)) == [number]


def test_a_picture_of_another_record_is_not_found(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    number = add(clerk, pet_url)
    with app.app_context():
        other = make_example(portal().registry.entity("areas"), code="东湖", name="东湖苑")
        db.session.commit()
        url = f"/housing/areas/{other.id}/pictures/{number}"
    assert clerk.get(url).status_code == 404
    assert clerk.post(f"{url}/delete").status_code == 404
    assert clerk.post(f"/housing/companies/1/pictures/{number}/delete").status_code == 404
    assert order(clerk.get(pet_url)) == [number]


def test_a_browser_asks_each_time_and_gets_it_once(users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    link = f"{pet_url}/pictures/{add(clerk, pet_url, name='三室两厅.png')}"
    first = clerk.get(link)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = clerk.get(link, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert users.browser("nobody").get(link, headers={"If-None-Match": first.headers["ETag"]}).status_code == 403
    thumb = clerk.get(f"{link}?size=thumb", headers={"If-None-Match": first.headers["ETag"]})
    assert thumb.status_code == 200
    kept = clerk.get(f"{link}?download=1").headers["Content-Disposition"]
    assert kept.startswith("attachment")
    assert kept.endswith("filename*=UTF-8''%E4%B8%89%E5%AE%A4%E4%B8%A4%E5%8E%85.jpg")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg", "JPG"),
        (b"%PDF-1.7", "deed.pdf", "JPG"),
        (picture()[:60], "cut.png", ""),
        (picture((400, 300), "JPEG")[:900], "cut.jpg", "损坏"),
        (b"", "empty.jpg", "JPG"),
        (b"MZ", "photo.jpg", "JPG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "IMG_0007.HEIC", "iPhone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_refused_by_name(users: Users, pet_url: str, content: bytes, name: str, reason: str) -> None:
    clerk = users.browser("clerk")
    answer = clerk.post(f"{pet_url}/pictures", data=upload(content, name), headers=JSON)
    assert answer.status_code == 422
    assert name in answer.json["error"]
    assert reason in answer.json["error"]
    page = clerk.post(f"{pet_url}/pictures", data=upload(content, name), follow_redirects=True)
    assert name in page.text
    assert order(page) == []


def test_the_good_ones_are_kept(users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    both = {"pictures": [(io.BytesIO(picture()), "good.png"), (io.BytesIO(b"MZ"), "bad.exe"), (io.BytesIO(b""), "")]}
    page = clerk.post(f"{pet_url}/pictures", data=both, follow_redirects=True)
    assert len(order(page)) == 1
    assert "bad.exe" in page.text


def test_names_of_files_that_no_database_stores(users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    number = add(clerk, pet_url, name="plans/户型\x00\u200b图.png")
    assert 'value="户型图.png"' in clerk.get(pet_url).text
    assert order(clerk.get(pet_url)) == [number]


def test_a_gallery_has_an_end(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    number = add(clerk, pet_url)
    with app.app_context():
        first = db.session.get(Picture, number)
        plain = {c.name: getattr(first, c.name) for c in Picture.__table__.columns if c.name not in ("id", "file_key", "thumb_key")}
        db.session.add_all(Picture(**plain, file_key=f"x{n}") for n in range(MOST - 1))
        db.session.commit()
    answer = clerk.post(f"{pet_url}/pictures", data=upload(picture()), headers=JSON)
    assert answer.status_code == 422
    assert str(MOST) in answer.json["error"]


# Order, captions, turning, taking off


def test_order_and_cover(users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    a, b, c = (add(clerk, pet_url, name=f"{n}.png") for n in "abc")

    def move(number: int, to: int) -> list[int]:
        return clerk.post(f"{pet_url}/pictures/{number}/move", data={"to": to}, headers=JSON).json["order"]

    assert move(c, 0) == [c, a, b]
    assert move(c, 1) == [a, c, b]
    assert move(a, 99) == [c, b, a]
    assert move(b, -5) == [b, c, a]
    assert order(clerk.get(pet_url)) == order(clerk.get(f"{pet_url}/edit")) == [b, c, a]
    page = clerk.get(pet_url).text
    assert page.count("data-cover>") == 1
    assert page.index("data-cover>") < page.index(f'data-picture="{c}"')
    answer = clerk.post(f"{pet_url}/pictures/{a}/move", data={"to": 0, "_back": "edit"})
    assert answer.location.startswith(f"{pet_url}/edit")
    assert order(clerk.get(pet_url)) == [a, b, c]


def test_a_caption_is_changed_and_emptied(users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    number = add(clerk, pet_url, name="IMG_1.png")
    link = f"{pet_url}/pictures/{number}"
    answer = clerk.post(f"{link}/caption", data={"caption": "  <b>门口</b> " + "长" * 300}, headers=JSON)
    assert "&lt;b&gt;门口" in answer.json["html"]
    with users.app.app_context():
        assert len(db.session.get(Picture, number).caption) == 200
        db.session.remove()
    clerk.post(f"{link}/caption", data={"caption": ""})
    assert 'alt="图片 1"' in clerk.get(pet_url).text


def test_turned_to_the_right_under_a_new_address(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    number = add(clerk, pet_url, halves("red", "blue"))
    before, mark = set(stored(app)), clerk.get(f"{pet_url}/pictures/{number}").headers["ETag"]
    answer = clerk.post(f"{pet_url}/pictures/{number}/turn", headers=JSON)
    image = shown(clerk, pet_url, number)
    assert image.size == (40, 80)
    assert image.getpixel((20, 10))[0] > 200
    assert shown(clerk, pet_url, number, "?size=thumb").size == (40, 80)
    assert clerk.get(f"{pet_url}/pictures/{number}", headers={"If-None-Match": mark}).status_code == 200
    assert clerk.get(f"{pet_url}/pictures/{number}").headers["ETag"][1:].split("/")[1][:8] in answer.json["html"]
    after = set(stored(app))
    assert (len(after - before), len(before - after)) == (2, 2)


def test_taken_off_and_put_back(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    a, b = add(clerk, pet_url, name="a.png"), add(clerk, pet_url, name="b.png")
    link = f"{pet_url}/pictures/{a}"
    page = clerk.post(f"{link}/delete", follow_redirects=True)
    assert order(page) == [b]
    assert f"{link}/restore" in page.text
    assert clerk.get(link).status_code == 404
    assert clerk.post(f"{link}/turn").status_code == 404
    assert clerk.post(f"{link}/restore", headers=JSON).status_code == 200
    assert order(clerk.get(pet_url)) == [a, b]
    before = len(stored(app))
    clerk.post(f"{link}/delete")
    with app.app_context():
        db.session.execute(sa.update(Picture).where(Picture.id == a).values(removed_at=utcnow() - timedelta(minutes=UNDO_MINUTES + 1)))
        tidy(db.session)
        db.session.commit()
        db.session.remove()
    assert clerk.post(f"{link}/restore", headers=JSON).status_code == 404
    assert len(stored(app)) == before - 2


def test_a_record_that_cannot_be_deleted_keeps_its_pictures(app: Flask, users: Users, pet_url: str) -> None:
    """The deletion stands in a savepoint; only the end of the transaction takes the files."""
    clerk = users.browser("clerk")
    number = add(clerk, pet_url)
    with app.app_context():
        entity = portal().registry.entity("pets")
        pet = db.session.get(entity.model, int(pet_url.rpartition("/")[2]))
        remove(db.session, entity, [pet], Actor.system())
        db.session.rollback()
        db.session.remove()
    assert clerk.get(f"{pet_url}/pictures/{number}").status_code == 200


def test_pictures_are_one_query_whatever_their_number(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    for _n in range(3):
        add(clerk, pet_url)
    with app.app_context():
        asked: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        found = pictures_in(db.session, Gallery("pet", int(pet_url.rpartition("/")[2])))
        assert len([p.caption for p in found]) == 3
        assert len([s for s in asked if s.startswith("SELECT")]) == 1
        db.session.remove()
