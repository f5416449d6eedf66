"""Finds partitions of chains within epsilon, and rows for their quotients, and bounds what that costs over time."""
