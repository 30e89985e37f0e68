"""The verdict over HTTP: a plain address, OGC API Features and Processes, the checker page."""
