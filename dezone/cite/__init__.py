"""Cards to cite, their verification, and explanations of a verdict."""
