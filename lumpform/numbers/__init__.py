"""Calculates exactly: rationals, columns of them, residues as proofs, functions of parameters, named rounding."""
