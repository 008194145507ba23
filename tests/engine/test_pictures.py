"""Pictures: checked by content, reduced, stripped, served only to those who may see the record."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from app.database import db
from app.extension import portal
from app.pictures import SIDE, reduce_picture
from models.base import BadValue
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, kind, **options)
    return stream.getvalue()


def upload(content: bytes, name: str = "photo.png") -> dict[str, object]:
    return {"pictures": (io.BytesIO(content), name)}


def stored(app: Flask) -> list[Path]:
    return [p for p in (Path(app.config["INSTANCE_DIR"]) / "files").rglob("*") if p.is_file()]


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
    page = clerk.get(pet_url).text
    link = page[page.index(f"{pet_url}/pictures/") :].split('"')[0].split("?")[0]
    answer = clerk.get(link)
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert users.browser("manager").get(link).status_code == 200
    assert users.browser("nobody").get(link).status_code == 403
    assert users.browser(None).get(link).status_code == 302
    assert len(stored(app)) == before + 2
    assert users.browser("admin").post(f"{pet_url}/delete", data={"confirmed": "1"}).status_code == 302
    assert len(stored(app)) == before


def test_a_picture_of_another_record_is_not_found(app: Flask, users: Users, pet_url: str) -> None:
    clerk = users.browser("clerk")
    clerk.post(f"{pet_url}/pictures", data=upload(picture()))
    page = clerk.get(pet_url).text
    number = page.split(f"{pet_url}/pictures/")[1].split('"')[0].split("?")[0]
    with app.app_context():
        other = make_example(portal().registry.entity("areas"), code="东湖", name="东湖苑")
        db.session.commit()
        url = f"/housing/areas/{other.id}/pictures/{number}"
    assert clerk.get(url).status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg"),
        (b"%PDF-1.7", "deed.pdf"),
        (picture()[:60], "cut.png"),
        (b"", "empty.jpg"),
        (b"MZ", "photo.jpg"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(users: Users, pet_url: str, content: bytes, name: str) -> None:
    clerk = users.browser("clerk")
    page = clerk.post(f"{pet_url}/pictures", data=upload(content, name), follow_redirects=True).text
    assert name in page
    assert f"{pet_url}/pictures/1" not in page


def test_reduced_upright_and_without_the_place_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif.get_ifd(0x8825)[1] = "N"
    reduced = reduce_picture(picture((3200, 1600), "JPEG", exif=exif), "big.jpg")
    assert (reduced.width, reduced.height) == (SIDE // 2, SIDE)
    assert not Image.open(io.BytesIO(reduced.content)).getexif()


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadValue, match=r"bomb\.png"):
        reduce_picture(picture((9000, 9000), compress_level=1), "bomb.png")
