"""Which column means what; cells as arrays of incidents."""
