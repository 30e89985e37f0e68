"""Places that a file gives by name or by code."""
