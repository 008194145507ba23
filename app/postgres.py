"""A connection to PostgreSQL that keeps what it has prepared. Loaded with the first one: on SQLite it does without psycopg."""

from __future__ import annotations

from typing import Any, Self

import psycopg

_NEVER = 2**31


class Connection(psycopg.Connection[Any]):
    """Requests that only look end by a rollback, and with ROLLBACK psycopg forgets every statement that it had the server prepare: each
    page would have them parsed and planned anew. COMMIT ends a transaction in which nothing can be written (`READ ONLY`) just as well.

    It prepares only what it is told to (PREPARED in app/database.py). By itself it would prepare whatever came five times, a quick search
    too, and PostgreSQL would settle on one plan for a word that finds three records and for one that finds three thousand."""

    @classmethod
    def connect(cls, *arguments: Any, **named: Any) -> Self:
        """A connection; the arguments are psycopg's."""
        return super().connect(*arguments, prepare_threshold=_NEVER, **named)

    def rollback(self) -> None:
        """End the transaction; nothing that it wrote stays."""
        if self.read_only:
            self.commit()
        else:
            super().rollback()
