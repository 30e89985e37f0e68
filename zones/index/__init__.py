"""The fast index. Its answers are exact, because what it cannot decide is computed."""
