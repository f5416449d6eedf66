"""Forged certificates, judged by the checker and by the definitions: see `forging.run`."""
