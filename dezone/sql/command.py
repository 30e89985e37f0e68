"""`dezone sql`: a script that gives a database the zones and a function for verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dezone.options import atlas_option, command, deciding_options, output_option

if TYPE_CHECKING:
    from geodata.atlas import Atlas


@command()
@click.argument("database", type=click.Choice(["duckdb", "postgis"]))
@output_option("The script to write; - for standard output.")
@deciding_options
@atlas_option
def sql(database: str, output: Path, boundary: str | None, basis: str, atlas: Atlas) -> None:
    """Write a script that gives a database the zones and a verdict.

    The function is dezone_verdict(lon, lat, day).

    \b
    dezone sql postgis -o dezone.sql
    psql -d cases -f dezone.sql
    """
    from dezone.sql.script import make_script
    from geodata.whole import whole_file

    script = make_script(database, atlas, boundary=boundary, basis=basis)
    if str(output) == "-":
        click.echo(script, nl=False)
        return
    with whole_file(output) as part:
        part.write_text(script, "utf-8")
    click.echo(str(output))


COMMANDS = (sql,)
