"""Frames to pages and figures."""
