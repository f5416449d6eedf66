"""Reductions of models: exact steps for networks, approximations to a budget, comparisons, parametric chains."""
