"""What one cites: explanations, cards, their verification."""
