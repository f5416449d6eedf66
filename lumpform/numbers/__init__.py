"""Exact numbers: rationals, columns of them, residues that prove equality, functions of parameters, named rounding."""
