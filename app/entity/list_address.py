"""Addresses of a list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote_plus, urlencode

from app.entity.search import PAGE_SIZES, Query


@dataclass(frozen=True)
class Address:
    """Addresses of a list in its present state: everything but order and page is put together once."""

    base: str
    query: Query

    @cached_property
    def _kept(self) -> str:
        parts = [("q", self.query.q)] if self.query.q else []
        parts += [("f", c.text) for c in self.query.conditions]
        if self.query.page_size != PAGE_SIZES[0]:
            parts.append(("size", str(self.query.page_size)))
        return urlencode(parts)

    @cached_property
    def _sort(self) -> str:
        return ",".join(o.text for o in self.query.order)

    def sorted(self, sort: str, rest: str = "") -> str:
        """The list in another order, from its first page."""
        parts = [self._kept] if self._kept else []
        if sort and sort != ",".join(self.query.entity.order_by):
            parts.append(f"sort={quote_plus(sort)}")
        if rest:
            parts.append(rest)
        return f"{self.base}{'&' if '?' in self.base else '?'}{'&'.join(parts)}" if parts else self.base

    def page(self, number: int, at: int | None = None) -> str:
        """Another page; `at`: the record that it begins behind."""
        if number <= 1:
            return self.sorted(self._sort)
        return self.sorted(self._sort, f"page={number}" + (f"&at={at}" if at is not None else ""))
