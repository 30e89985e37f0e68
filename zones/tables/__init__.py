"""Verdicts for tables, files and clusters."""
