"""`python -m dezone` is `dezone`."""

from dezone.cli import main

main()
