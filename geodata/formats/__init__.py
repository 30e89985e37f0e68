"""Bytes and record batches, with no meaning yet: every format read and written."""
