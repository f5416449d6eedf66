"""Deciding whether two models behave the same."""

from lumpform.equivalence.joint import jointly_equal as jointly_equal
