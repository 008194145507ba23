"""Number plates (机动车号牌, GA 36): ordinary ones of seven characters, new-energy ones of eight, and the special forms."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from flask_babel import lazy_gettext as _

from models.base import BadValue

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_L = "A-HJ-NP-Z"  # plates have no I and no O: they would be read as 1 and 0
_ENERGY = "A-HJK"  # D A B C E: battery; F G H J K: other new energy. D and F are in use, the rest is for when they run out


class PlateKind(Enum):
    """The forms of plates that the portal takes."""

    ORDINARY = "ordinary"
    NEW_ENERGY = "new_energy"
    POLICE = "police"
    TRAINING = "training"
    TRAILER = "trailer"
    BORDER = "border"
    CONSULAR = "consular"
    EMBASSY = "embassy"


_FORMS: tuple[tuple[PlateKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (PlateKind.ORDINARY, rf"[{PROVINCES}][{_L}](?=.*[0-9])[{_L}0-9]{{5}}"),
        # Small cars: the letter first, then a letter or digit, then four digits. Large ones: five digits, the letter last.
        (PlateKind.NEW_ENERGY, rf"[{PROVINCES}][{_L}](?:[{_ENERGY}][{_L}0-9][0-9]{{4}}|[0-9]{{5}}[{_ENERGY}])"),
        (PlateKind.POLICE, rf"[{PROVINCES}][{_L}][{_L}0-9]{{4}}警"),
        (PlateKind.TRAINING, rf"[{PROVINCES}][{_L}][{_L}0-9]{{4}}学"),
        (PlateKind.TRAILER, rf"[{PROVINCES}][{_L}][{_L}0-9]{{4}}挂"),
        (PlateKind.BORDER, rf"粤Z[{_L}0-9]{{4}}[港澳]"),
        (PlateKind.CONSULAR, rf"[{PROVINCES}][{_L}][{_L}0-9]{{4}}领"),
        (PlateKind.EMBASSY, r"使[0-9]{6}"),
    )
)
_NOISE = re.compile(r"[\s·•・‧∙⋅.。_-]+")


def kind(plate: str) -> PlateKind | None:
    """The form of a clean plate; None when it has none."""
    return next((form for form, pattern in _FORMS if pattern.fullmatch(plate)), None)


def display(plate: str) -> str:
    """A stored plate as it is painted: 甘M·5D271."""
    return f"{plate[:2]}·{plate[2:]}" if plate[0] in PROVINCES else plate


def _what_is_wrong(plate: str) -> BadValue:
    """The most helpful thing to say about text that is no plate."""
    if plate[:1] not in PROVINCES + "使" or not plate:
        return BadValue(_("A plate starts with the short name of a province, such as 甘 or 陕"))
    if len(plate) not in (7, 8):
        return BadValue(_("A plate has 7 characters (甘M12345), a new-energy one 8 (甘MD12345); this has %(count)s", count=len(plate)))
    if plate[0] == "使":
        return BadValue(_("An embassy's plate is 使 and six digits"))
    if set("IO") & set(plate[1:]):
        return BadValue(_("Plates have no letters I and O; they are the digits 1 and 0"))
    if not re.match(f"[{_L}]", plate[1]):
        return BadValue(_("The second character of a plate is the letter of its city, such as M in 甘M12345"))
    if len(plate) == 8:
        return BadValue(
            _("A new-energy plate is 甘MD12345 (D or F, four digits last) or, on large vehicles, 甘M12345D (five digits, D or F)")
        )
    if plate[6] in "港澳":
        return BadValue(_("Plates ending in 港 or 澳 start with 粤Z"))
    return BadValue(_("After 甘M an ordinary plate has five digits and letters, at least one of them a digit"))


def clean(text: str) -> str:
    """The stored form: upper case, half-width, without spaces and dots. Raises BadValue with what would be right."""
    plate = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if kind(plate) is None:
        raise _what_is_wrong(plate)
    return plate
