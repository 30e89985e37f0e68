"""One text, one value, or a refusal: positions, dates, names, lengths."""
