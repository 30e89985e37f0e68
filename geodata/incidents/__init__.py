"""Reading incidents as people write them, without inventing anything."""
