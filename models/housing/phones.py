"""Telephone numbers of the mainland: mobile, landline with area code, 400 and 800. One number per field."""

from __future__ import annotations

import re
import unicodedata

from flask_babel import lazy_gettext as _

from models.base import BadValue

_SEVERAL = re.compile(r"[,;/|\\、，；或]")
_COUNTRY = re.compile(r"^(?:\+|00)86|^86(?=1[3-9]\d{9}$)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE = re.compile(r"[48]00\d{7}")
# Area codes: 010 and 02x have three digits, all others four; a local number starts with 2-8 and has seven or eight digits.
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})")
_EXTENSION = re.compile(r"(?:转|ext\.?|#|(?<=\d{7})-)(\d{1,5})$", re.IGNORECASE)
_NOISE = re.compile(r"[\s()\-.·–—]+")


def _split_extension(text: str) -> tuple[str, str]:
    """A landline and its extension: "0934-8621234转801" or "0934-8621234-801"."""
    found = _EXTENSION.search(text)
    return (text[: found.start()], found.group(1)) if found else (text, "")


def _national(text: str) -> str:
    """The number without punctuation and country code, with the 0 of the area code that one leaves out after +86."""
    digits = _NOISE.sub("", text)
    number = _COUNTRY.sub("", digits)
    complete = number == digits or number.startswith("0") or _MOBILE.fullmatch(number) or _SERVICE.fullmatch(number)
    return number if complete else f"0{number}"


def clean(text: str) -> str:
    """The stored form: 13893401234, 0934-8621234, 0934-8621234-801, 4008001234. Raises BadValue with what would be right."""
    compact = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    if _SEVERAL.search(compact) or len(re.findall(_MOBILE, _NOISE.sub("", compact))) > 1:
        raise BadValue(_("Enter one number only; write others into the note"))
    number = _national(compact)
    if _MOBILE.fullmatch(number) or _SERVICE.fullmatch(number):
        return number
    body, extension = _split_extension(compact)
    number = _national(body)
    if found := _LANDLINE.fullmatch(number):
        return "-".join((*found.groups(), extension) if extension else found.groups())
    raise _what_is_wrong(number)


def _what_is_wrong(number: str) -> BadValue:
    """The most helpful thing to say about text that is no phone number."""
    if not re.fullmatch(r"[0-9]+", number):
        return BadValue(_("A phone number consists of digits, such as 13893401234 or 0934-8621234"))
    if number.startswith("1") and len(number) != 11:
        return BadValue(_("A mobile number has 11 digits; this one has %(count)s", count=len(number)))
    if number.startswith("1") and not _MOBILE.fullmatch(number):
        return BadValue(_("No mobile number starts with %(start)s; the second digit is 3 to 9", start=number[:2]))
    if number.startswith("0"):
        return BadValue(_("A landline number is an area code and seven or eight digits, such as 0934-8621234"))
    if len(number) in (7, 8):
        return BadValue(_("Put the area code in front, such as 0934-%(number)s", number=number))
    return BadValue(_("Enter a mobile number of 11 digits, a landline with its area code, or a 400 or 800 number"))
