"""Tagging: every incident of a file gets its verdict."""
