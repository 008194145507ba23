"""The file of a record (一户一档, rows 1.1 and 1.8): everything that belongs to it, on one page and on paper.

What that is follows from what entities declare: their tabs, `file`, `moments` and `span`. This package knows no subsystem."""
