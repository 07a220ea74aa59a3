"""What a server knows, written for people: tables and sentences for the terminal."""

from obd2_cli.report.drive import drive_report, findings, recommendations
from obd2_cli.report.drive_list import drive_tables
from obd2_cli.report.trends import trend_table

__all__ = ["drive_report", "drive_tables", "findings", "recommendations", "trend_table"]
