"""What is known: the atlas, and the reading and writing of files of incidents."""
