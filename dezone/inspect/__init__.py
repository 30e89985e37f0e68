"""Looking at a file of incidents before it is checked: what its columns mean, what is wrong."""
