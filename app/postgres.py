"""A connection to PostgreSQL that keeps what it has prepared. Loaded with the first one: on SQLite it does without psycopg."""

from __future__ import annotations

import psycopg


class Connection(psycopg.Connection):
    """Requests that only look end by a rollback, and with ROLLBACK psycopg forgets every statement that it had the server prepare: each
    page would have all of its statements parsed and planned anew, which is a fifth of its time. COMMIT ends a transaction in which
    nothing can be written (`READ ONLY`) just as well."""

    def rollback(self) -> None:
        if self.read_only:
            self.commit()
        else:
            super().rollback()
