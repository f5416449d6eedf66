"""Holds decision processes, transition systems and Markov automata: data, files, analysis."""
