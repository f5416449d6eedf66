"""Judges chains whose transitions stay on disk: in blocks of rows, on as many processes as are wanted.

`stored` gives arrays in files as sequences, so that digest and rules work on them as on arrays in memory; `header` and
`folder` read folders of shards, `spool` puts the transitions of other files on disk; `blocks` cuts rows into blocks,
`jobs` goes through them, and `sides` compares their sums. Memory is bounded by the reduced model, the map of states to
classes and a block for each process.
"""
