"""Files out of the portal (row 1.10): one stream of typed rows (`rows`), one writer per kind of file, all known to `formats`."""
