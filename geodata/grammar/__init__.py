"""Tables of words, spellings and column names that Python and the page share."""
