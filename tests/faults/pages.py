"""What a browser would send of a page's form, several values of one name included."""

from __future__ import annotations

from html.parser import HTMLParser


class _Forms(HTMLParser):
    """Every form as (name, value) pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = [[]]
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        name = a.get("name") or ""
        if tag == "form":
            self.forms.append([])
        elif "disabled" in a or not (name or tag == "option"):
            return
        elif tag == "input" and a.get("type") not in ("submit", "file", "button"):
            if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                self.forms[-1].append((name, a.get("value") or ""))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((a.get("value") or "", "selected" in a))
        elif tag == "textarea":
            self._area = (name, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [value for value, _ in self._options[:1]]
            self.forms[-1] += [(self._select, value) for value in chosen]
            self._select = None
        elif tag == "textarea" and self._area:
            text = "".join(self._area[1]).replace("\r\n", "\n")  # as browsers read a page
            self.forms[-1].append((self._area[0], text.removeprefix("\n")))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)


def sent_by(page: str, marker: str) -> dict[str, str | list[str]]:
    """The fields of the form that has one whose name starts with `marker`, as the test client takes them."""
    parser = _Forms()
    parser.feed(page)
    form = next((f for f in parser.forms if any(name.startswith(marker) for name, _ in f)), None)
    assert form is not None, f"no form of the page has a field {marker}…"
    sent: dict[str, list[str]] = {}
    for name, value in form:
        sent.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in sent.items()}
