"""A process of its own: draws an HTML file as PDF. `python -I pdf_draw.py in.html out.pdf`.

It is run by its path and imports nothing of the portal: WeasyPrint and a Chinese font take a hundred MiB, which are given back with the
process and never weigh on the one that serves."""

import sys
from pathlib import Path

import weasyprint

if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    # What a page shows stands in it, its pictures too: nothing comes from elsewhere.
    alone = weasyprint.URLFetcher(allowed_protocols=("data",))
    weasyprint.HTML(string=source.read_text("utf-8"), url_fetcher=alone).write_pdf(target)
