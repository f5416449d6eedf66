"""Holds what figures and HTML tables have in common."""
