"""What a server knows, written for people: tables and sentences for the terminal."""

from obd2_cli.report.drive import drive_report, findings, recommendations
from obd2_cli.report.drive_list import drive_tables
from obd2_cli.report.nothing_listed import NOTHING_YET, more_than, why_empty
from obd2_cli.report.trends import shown_trends, trend_table

__all__ = [
    "NOTHING_YET",
    "drive_report",
    "drive_tables",
    "findings",
    "more_than",
    "recommendations",
    "shown_trends",
    "trend_table",
    "why_empty",
]
