"""The numbers of a report: incidents counted by area, day and certainty; changes; their doubt."""
