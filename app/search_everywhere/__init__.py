"""One search over everything that a user may see (rows 1.8, 2.3.1): records of every entity that is searched, entries of the menu.

kinds.py says what is looked into, finding.py asks the database, worth.py puts the hits in order, telling.py words them, entries.py finds
pages; pages.py and api.py are the doors. Why words by their beginnings and not trigrams: docs/adr/0018."""
