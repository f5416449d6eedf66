"""Holds the weighted graph that chains and networks share: groups, arrows, weights, partitions, quotients."""
