"""What changed between two releases of a file, or two versions of the atlas."""
