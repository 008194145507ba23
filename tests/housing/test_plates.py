"""Plates: ordinary, new-energy and special forms; what is said about the others."""

from __future__ import annotations

import pytest

from models.base import BadValue
from models.housing.plates import PROVINCES, PlateKind, clean, display, kind


@pytest.mark.parametrize(
    ("typed", "stored", "form"),
    [
        ("甘M5D271", "甘M5D271", PlateKind.ORDINARY),
        ("甘M·5D271", "甘M5D271", PlateKind.ORDINARY),
        ("甘M•5D271", "甘M5D271", PlateKind.ORDINARY),
        (" 甘m 5d271 ", "甘M5D271", PlateKind.ORDINARY),
        ("甘Ｍ５Ｄ２７１", "甘M5D271", PlateKind.ORDINARY),
        ("浙B8802A", "浙B8802A", PlateKind.ORDINARY),
        ("浙B123AC", "浙B123AC", PlateKind.ORDINARY),
        ("甘M123D4", "甘M123D4", PlateKind.ORDINARY),
        ("甘MD04217", "甘MD04217", PlateKind.NEW_ENERGY),
        ("甘MF04217", "甘MF04217", PlateKind.NEW_ENERGY),
        ("甘MDA1234", "甘MDA1234", PlateKind.NEW_ENERGY),
        ("甘M12345D", "甘M12345D", PlateKind.NEW_ENERGY),
        ("甘M12345F", "甘M12345F", PlateKind.NEW_ENERGY),
        ("甘A1234警", "甘A1234警", PlateKind.POLICE),
        ("甘M1234学", "甘M1234学", PlateKind.TRAINING),
        ("陕A1234挂", "陕A1234挂", PlateKind.TRAILER),
        ("粤Z1234港", "粤Z1234港", PlateKind.BORDER),
        ("粤ZA123澳", "粤ZA123澳", PlateKind.BORDER),
        ("沪A0023领", "沪A0023领", PlateKind.CONSULAR),
        ("使014578", "使014578", PlateKind.EMBASSY),
    ],
)
def test_clean_plates(typed: str, stored: str, form: PlateKind) -> None:
    assert clean(typed) == stored
    assert kind(stored) is form


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "province"),
        ("M12345", "province"),
        ("台A12345", "province"),
        ("甘M1234", "this has 6"),
        ("甘M1234567", "this has 9"),
        ("甘112345", "second character"),
        ("甘I12345", "no letters I and O"),
        ("甘MO1234", "no letters I and O"),
        ("甘M1234I", "no letters I and O"),
        ("甘MABCDE", "at least one of them a digit"),
        ("甘MZ12345", "甘MD12345"),
        ("甘M12345Z", "甘MD12345"),
        ("甘MD1234A", "甘MD12345"),
        ("甘A1234港", "粤Z"),
        ("使01457", "this has 6"),
        ("使01457A", "six digits"),
    ],
)
def test_wrong_plates_say_what_would_be_right(typed: str, says: str) -> None:
    with pytest.raises(BadValue) as error:
        clean(typed)
    assert says in str(error.value)


def test_all_provinces() -> None:
    assert len(set(PROVINCES)) == 31
    for province in PROVINCES:
        assert clean(f"{province}A12345")


def test_display() -> None:
    assert display("甘M5D271") == "甘M·5D271"
    assert display("使014578") == "使014578"
