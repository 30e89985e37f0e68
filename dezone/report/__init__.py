"""What a file of incidents says about the zones: counts, changes, and how sure they are."""

from dezone.report.making import make_report
from dezone.report.model import Report
from dezone.report.words import say_finding

__all__ = ["Report", "make_report", "say_finding"]
