"""Judges certificates of weighted automata: docs/certificate-automata.md."""
