"""The part of the checker that judges networks, from docs/certificate-networks.md."""
