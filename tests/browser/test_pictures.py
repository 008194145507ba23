"""The pictures of README and docs. They are only rewritten when asked for:

`PICTURES=1 make test PYTEST_ARGS=tests/browser/test_pictures.py`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import ROOT
from tests.browser.conftest import Visit

PICTURES = ROOT / "docs" / "pictures"
SCENES = {
    "list": ("/housing/rooms/?f=floor:between:3..6", {}),
    "list-dark-en": ("/housing/tenancies/", {"dark": True, "lang": "en"}),
    "record": ("/housing/rooms/5", {}),
    "grid": ("/housing/grid/1", {}),
    "plan": ("/housing/plan/1", {}),
    "file": ("/housing/households/5/file", {}),
    "enquiry": ("/enquiry/new?subject=residents&view=chart&dim=born_on:age10&dim=sex&chart=stacked", {}),
    "generate": ("/housing/generate/rooms", {}),
    "form": ("/housing/residents/5/edit", {}),
    "phone": ("/housing/residents/", {"width": 390, "height": 844}),
}


@pytest.mark.parametrize("name", SCENES)
def test_scene(visit: Visit, tmp_path: Path, name: str) -> None:
    path, options = SCENES[name]
    page = visit("clerk", **options)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    folder = PICTURES if os.environ.get("PICTURES") else tmp_path
    page.screenshot(path=folder / f"{name}.png")
    assert (folder / f"{name}.png").stat().st_size > 20_000
