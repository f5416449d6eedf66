"""Markov chains: the model, its files, its analysis, and families of examples."""
