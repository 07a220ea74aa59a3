"""Verifies, keeps, lists and rotates backups."""
