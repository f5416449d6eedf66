"""Judges certificates of networks. docs/certificate-networks.md."""
