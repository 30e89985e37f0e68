"""Whether a card or a report is what it says."""
