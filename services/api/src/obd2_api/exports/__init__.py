"""Drives as files for other programs, written piece by piece."""
