"""The front door: the `dezone` command."""
