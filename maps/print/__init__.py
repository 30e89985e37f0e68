"""Drawings for print: figures, type and files."""
