"""What headers say: names of columns, the sources that use them, and what is said but not used."""
