"""Turns stored rows into drives, statistics, findings and recommendations."""
