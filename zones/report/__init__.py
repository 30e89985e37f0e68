"""What a file of incidents says about the zones: counts, changes, and how sure they are."""

from zones.report.making import make_report
from zones.report.model import Report
from zones.report.words import say_finding

__all__ = ["Report", "make_report", "say_finding"]
