"""The zones themselves: listed, written to a file, drawn for print."""
