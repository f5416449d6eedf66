"""Holds what is about Markov chains: the model, its files, its lumping, its analysis, and families of examples."""
