"""Writes down what a reduction claims about two models, in a form that a checker judges."""
