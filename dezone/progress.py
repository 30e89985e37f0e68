"""The progress of a long command, on one line of a terminal."""

from __future__ import annotations

import sys
import time

import click

_EVERY_S = 0.2


class Progress:
    """Rows done, rate and time left on one line of a terminal; nothing in a pipe.

    A context: the line is empty again when it ends.
    """

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.begin = self.last = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            click.echo("\r\x1b[K", err=True, nl=False)

    def __call__(self, rows: int, total: int | None) -> None:
        """Show how many rows are done, of how many if that is known."""
        now = time.monotonic()
        if not self.live or now - self.last < _EVERY_S:
            return
        self.last = now
        rate = rows / (now - self.begin)
        said = f"{rows:,} rows, {rate:,.0f} a second"
        if total:
            left = round((total - rows) / rate)
            said += f", {rows / total:.0%}, {left // 60}:{left % 60:02d} left"
        click.echo(f"\r\x1b[K{said}", err=True, nl=False)
