"""Holds the version; a file of its own, since certificates name it and nothing below the root may import the root."""

__version__ = "0.1.0"
