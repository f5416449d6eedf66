"""Reads and writes files of any format: in place whole or not at all, archives as data, sizes within limits."""
