"""What the tests of the wizard share: uploading, the forms of its pages as a browser would send them."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient

URL = "/housing/areas/"
CENTRE = "/platform/imports/"
GOOD = "片区编号,片区名称,天气\n湖滨,湖滨花园,晴\n东苑,东苑小区,雨\n"
Fields = list[tuple[str, str]]


def upload(browser: FlaskClient, content: str | bytes = GOOD, name: str = "片区.csv", to: str = f"{URL}import") -> str:
    """The address of the import, without its last part."""
    raw = content.encode() if isinstance(content, str) else content
    answer = browser.post(to, data={"file": (io.BytesIO(raw), name)}, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    assert answer.location.endswith("/map")
    return answer.location.removesuffix("/map")


class _Form(HTMLParser):
    """The fields of the form with an id, as a browser sends them."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside, self.fields = form, False, []
        self.select, self.chosen = "", None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self.inside = a.get("id") == self.form
        name = a.get("name")
        mine = a.get("form") == self.form if "form" in a else self.inside
        if not mine or ("disabled" in a and tag != "option"):
            return
        if (
            tag == "input"
            and name
            and a.get("type") not in ("submit", "file")
            and (a.get("type") not in ("checkbox", "radio") or "checked" in a)
        ):
            self.fields.append((name, a.get("value") or ""))
        elif tag == "select" and name:
            self.select, self.chosen = name, None
        elif tag == "option" and self.select and (self.chosen is None or "selected" in a):
            self.chosen = a.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "select" and self.select:
            self.fields.append((self.select, self.chosen or ""))
            self.select = ""


def fields_of_form(page: str, form: str = "map") -> Fields:
    """What a browser without a script would send of a form."""
    found = _Form(form)
    found.feed(page)
    return found.fields


def changed(fields: Fields, **values: Any) -> dict[str, list[str]]:
    """The fields with some of them changed; a list for one that is sent several times, None for one that is not."""
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    for name, value in values.items():
        if value is None:
            data.pop(name, None)
        else:
            data[name] = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    return data


def send(
    browser: FlaskClient, import_url: str, do: str = "save", part: int = 0, edit: str = "", script: bool = False, **values: Any
) -> Any:
    """Change the part of an import that is open as its form would."""
    page = browser.get(f"{import_url}/map?part={part}&edit={edit}").text
    data = changed(fields_of_form(page), _do=do, **values)
    return browser.post(f"{import_url}/map", data=data, headers={"X-Part": "1"} if script else {})


def tried(browser: FlaskClient, import_url: str) -> str:
    """Try an import; the address of the page about it, without what it is told of the run before."""
    answer = browser.post(f"{import_url}/try")
    assert answer.status_code == 302, answer.text
    return answer.location.partition("?")[0]


def numbers(page: str) -> dict[str, int]:
    """The numbers of the page after a run: new, changed, unchanged, rejected."""
    found = re.findall(r'class="kpi".*?class="swatch tone-(\w+)".*?class="value">([\d,]+)', page, re.S)
    names = {"green": "new", "blue": "changed", "gray": "unchanged", "red": "rejected", "violet": "absent"}
    return {names[tone]: int(value.replace(",", "")) for tone, value in found}
