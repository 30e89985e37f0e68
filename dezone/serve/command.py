"""`dezone serve`: the verdict over HTTP, private by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dezone import show
from dezone.options import atlas_option, command
from geodata.errors import InputError, with_extra

if TYPE_CHECKING:
    from geodata.atlas import Atlas


@command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0: any that is free.",
)
@click.option("--url", help="The address by which others reach it, where a proxy stands before it.")
@click.option(
    "--rate",
    default=1000.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="Requests a second of one client.",
)
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many answer: as many as there are cores, where many ask.",
)
@atlas_option
def serve(host: str, port: int, url: str | None, rate: float, processes: int, atlas: Atlas) -> None:
    """Serve verdicts over HTTP, the OGC APIs and the checker page.

    Verdicts: GET and POST /check.

    \b
    dezone serve
    curl 'http://127.0.0.1:8080/check?lat=35.9306&lon=36.6339&date=2018-03'

    It listens on this machine alone, logs nothing that is asked, and stores nothing.
    """
    try:
        from dezone.serve.app import make_app
        from dezone.serve.server import serve as run
    except ImportError as error:
        raise InputError(
            f"expected the extra serve, found no {error.name}; {with_extra('serve')}"
        ) from error
    from dezone.serve.limits import Limits

    limits = Limits(requests_a_second=rate / processes)  # each counts by itself
    app = make_app(atlas, (url or f"http://{host}:{port}").rstrip("/"), limits)

    def ready(address: str) -> None:
        show.note(f"dezone answers at {address}")

    run(app, host, port, limits, ready, processes=processes)


COMMANDS = (serve,)
