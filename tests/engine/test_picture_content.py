"""What is inside a picture: reduced, upright, without what cameras add, legible in every kind of colour; bombs are refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat

from app.picture_content import LARGEST_MIB, PIXELS, SIDE, THUMB_SIDE, reduce_picture, turn_picture
from models.base import BadValue
from tests.engine.test_pictures import picture


def test_reduced_upright_and_without_what_cameras_add() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 7.0)
    content = picture((3200, 1600), "JPEG", exif=exif, comment=b"SECRET-COMMENT", xmp=b"<x:xmpmeta>SECRET-PLACE</x:xmpmeta>")
    assert content.count(b"SECRET") == 3
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(0x8825)
    reduced = reduce_picture(content, "big.jpg")
    assert (reduced.width, reduced.height) == (SIDE // 2, SIDE)
    for stored_bytes in (reduced.content, reduced.thumb):
        image = Image.open(io.BytesIO(stored_bytes))
        assert not image.getexif()
        assert not image.getexif().get_ifd(0x8825)
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"SECRET" not in stored_bytes
        assert b"Exif" not in stored_bytes
    assert max(Image.open(io.BytesIO(reduced.thumb)).size) == THUMB_SIDE


def test_small_ones_keep_their_size_and_colours_their_profile() -> None:
    profile = b"\0" * 128 + b"a profile of a phone"
    reduced = reduce_picture(picture((640, 480), "JPEG", icc_profile=profile), "x.jpg")
    assert (reduced.width, reduced.height) == (640, 480)
    assert Image.open(io.BytesIO(reduced.content)).info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture(mode="RGBA", colour=(255, 0, 0, 0)), (255, 255, 255)),
        (picture(mode="LA", colour=(0, 0)), (255, 255, 255)),
        (picture(mode="P", kind="GIF", colour=0), (0, 0, 0)),
        (picture(mode="I;16", colour=0x8000), (128, 128, 128)),
        (picture(mode="CMYK", kind="JPEG", colour=(0, 0, 0, 0)), (255, 255, 255)),
        (picture(mode="RGB", kind="WEBP", colour="black"), (0, 0, 0)),
        (picture(mode="1", kind="BMP", colour=1), (255, 255, 255)),
    ],
    ids=["transparent", "gray and transparent", "gif", "16 bit", "cmyk", "webp", "bmp"],
)
def test_every_kind_of_colour_can_be_seen(content: bytes, expected: tuple[int, ...]) -> None:
    pixel = Image.open(io.BytesIO(reduce_picture(content, "x").content)).getpixel((5, 5))
    assert all(abs(a - b) < 4 for a, b in zip(pixel, expected, strict=True)), pixel


def test_files_too_large_and_bombs_are_refused() -> None:
    with pytest.raises(BadValue, match=rf"huge\.png.*{LARGEST_MIB} MiB"):
        reduce_picture(b"\0" * (LARGEST_MIB * 1024 * 1024 + 1), "huge.png")
    side = int(PIXELS**0.5) + 1
    with pytest.raises(BadValue, match=r"bomb\.png.*40,000,000"):
        reduce_picture(picture((side, side), mode="1", colour=0), "bomb.png")
    with pytest.raises(BadValue, match=r"bomb\.png"):
        reduce_picture(picture((20_000, 20_000), mode="1", colour=0), "bomb.png")
    with pytest.raises(BadValue, match=r"passes\.jpg"):
        reduce_picture(picture((side, side), "JPEG", mode="L", colour=0, progressive=True), "passes.jpg")


def test_a_phone_of_50_million_pixels_is_fine() -> None:
    assert reduce_picture(picture((8200, 6100), "JPEG", mode="L", colour=0), "x.jpg").width == SIDE


def test_turning_loses_next_to_nothing() -> None:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((80, 40)).save(stream, "PNG")
    first = reduce_picture(stream.getvalue(), "x.png")
    once = turn_picture(first.content)
    assert (once.width, once.height) == (40, 80)
    again = turn_picture(turn_picture(turn_picture(once.content).content).content)
    one, two = (Image.open(io.BytesIO(r.content)) for r in (first, again))
    assert one.size == two.size
    assert max(ImageStat.Stat(ImageChops.difference(one, two)).mean) < 3
