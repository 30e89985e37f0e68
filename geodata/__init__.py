"""What is known: reading and writing the atlas and reports; no politics, no drawing."""
