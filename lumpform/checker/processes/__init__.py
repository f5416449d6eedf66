"""Judges certificates of decision processes, transition systems and Markov automata. docs/certificate-processes.md."""
