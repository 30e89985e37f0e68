"""What it means: which zone, in force when, how surely."""
