"""A page of HTML drawn as PDF, in a process of its own (app/exporting/pdf_draw.py): a Chinese font never weighs on the one that serves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_DRAW = Path(__file__).parent.parent / "exporting" / "pdf_draw.py"
SECONDS = 90
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each drawing takes a hundred MiB: who comes third waits."""


class DrawingFailed(RuntimeError):
    """The process that draws ended with an error or took too long; the message is what it said."""


def draw(html: str) -> bytes:
    """The PDF. Raises DrawingFailed."""
    with tempfile.TemporaryDirectory(prefix="portal-file-") as name:
        source, target = Path(name) / "file.html", Path(name) / "file.pdf"
        source.write_text(html, "utf-8")
        command = [sys.executable, "-I", str(_DRAW), str(source), str(target)]
        try:
            with _AT_ONCE:
                subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=SECONDS)
        except subprocess.CalledProcessError as error:
            raise DrawingFailed(error.stderr.decode("utf-8", "replace")[-2000:]) from error
        except subprocess.TimeoutExpired as error:
            raise DrawingFailed(f"more than {SECONDS} s") from error
        return target.read_bytes()
