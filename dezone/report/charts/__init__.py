"""Charts of a report, each drawn from a small description of what it shows.

Doubt looks as on the map: what is surely so is a plain tint, the best figure a firm line, what is
possible is hatched between them. Phases look as on the timeline: outlined while declared, solid
while arranged, hatched while contested. A chart is drawn for any width and in either direction,
so that a phone, a page and print have each their own.
"""
