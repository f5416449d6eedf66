"""Holds weighted automata: data, minimisation, equality of series."""
