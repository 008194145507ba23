"""What is inside a picture file: checked by content, turned upright, reduced, stripped of what cameras add, with a thumbnail."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

from flask_babel import gettext as _
from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from models.base import BadValue

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
LARGEST_MIB = 30
JPEG_PIXELS = 120_000_000
"""Phones take up to 108 million. A JPEG is read at the size that is needed, so it takes little memory however large it is."""
PIXELS = 40_000_000
"""Of what can only be read whole: other formats, and JPEGs that build up in passes."""
SIDE = 2560
THUMB_SIDE = 320
_PROFILE = 8 * 1024
"""Colour profiles of cameras are small; larger ones are for printing presses."""
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# We look at the size ourselves before anything is unpacked; beyond twice of this Pillow refuses to look.
Image.MAX_IMAGE_PIXELS = JPEG_PIXELS
# Unpacking takes memory and a processor for a moment: many uploads at once wait here instead of filling the machine.
_UNPACKING = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture ready to be stored: JPEG bytes, size, and a thumbnail."""

    content: bytes
    thumb: bytes
    width: int
    height: int


def reduce_picture(content: bytes, name: str) -> Reduced:
    """Check and shrink an uploaded picture. Raises BadValue naming the file, what is wrong and what would be right."""
    if len(content) > LARGEST_MIB * 1024 * 1024:
        raise BadValue(_("%(name)s: larger than %(most)s MiB; please reduce it.", name=name, most=LARGEST_MIB))
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise BadValue(
            _(
                "%(name)s is a HEIC picture of an iPhone. Choose it on the iPhone itself, which sends it as JPG, or save it as JPG first.",
                name=name,
            )
        )
    try:
        with _UNPACKING:
            return _reduced(content, name)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadValue(_("%(name)s is not a picture that can be shown; JPG, PNG, WebP, GIF or BMP are.", name=name)) from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadValue):
            raise
        raise BadValue(_("%(name)s is damaged and cannot be read; please save it again.", name=name)) from None


def turn_picture(content: bytes) -> Reduced:
    """A stored picture turned to the right by 90°, with as little loss as its format allows."""
    with _UNPACKING:
        stored = Image.open(io.BytesIO(content), formats=("JPEG",))
        turned = stored.transpose(Image.Transpose.ROTATE_270)
        options = {"qtables": stored.quantization, "subsampling": JpegImagePlugin.get_sampling(stored)}
        return _with_thumb(turned, stored.info.get("icc_profile"), options)


def _reduced(content: bytes, name: str) -> Reduced:
    picture = Image.open(io.BytesIO(content), formats=FORMATS)
    in_passes = picture.info.get("progressive") or picture.info.get("progression")
    most = JPEG_PIXELS if isinstance(picture, JpegImagePlugin.JpegImageFile) and not in_passes else PIXELS
    if picture.width * picture.height > most:
        raise BadValue(_("%(name)s: more than %(most)s pixels; please reduce it.", name=name, most=f"{most:,}"))
    picture.draft(None, (SIDE, SIDE))
    picture.load()
    profile = picture.info.get("icc_profile") if picture.mode == "RGB" else None
    flat = _flat(picture)
    flat.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(flat, in_place=True)
    return _with_thumb(flat, profile if profile and len(profile) <= _PROFILE else None, {"quality": 85})


def _flat(picture: Image.Image) -> Image.Image:
    """The picture in plain colours; what lets the ground through stands on white."""
    if picture.mode.startswith("I"):
        # 16 bits a pixel, as scanners write them: the upper eight are what can be shown.
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if picture.has_transparency_data:
        full = picture.convert("RGBA")
        white = Image.new("RGB", full.size, "white")
        white.paste(full, mask=full.getchannel("A"))
        white.info = dict(picture.info)
        return white
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _with_thumb(picture: Image.Image, profile: bytes | None, options: dict[str, object]) -> Reduced:
    # Nothing of what cameras and programs add is stored: no place, no time, no device, no comment, no embedded preview.
    picture.info = {}
    thumb = picture.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    return Reduced(_jpeg(picture, profile, options), _jpeg(thumb, profile, {"quality": 80}), picture.width, picture.height)


def _jpeg(picture: Image.Image, profile: bytes | None, options: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", optimize=True, icc_profile=profile, **options)
    return stream.getvalue()
