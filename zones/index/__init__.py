"""The fast index: exact, because what it cannot decide is computed."""
