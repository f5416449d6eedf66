"""Keeps chains on disk as folders of shards, and lumps them there when they are larger than memory.

`write` makes a folder ``model.lfs``, block by block; `header` and `layout` say what is in it, `read` opens it (and
reads it whole, where it fits). `lump` refines by rounds of fingerprints over mapped shards (`rounds`, `numbering`),
keeps a checkpoint after every round (`work`), proves the result exactly (`certify`) and makes the quotient.

On a Dask cluster (`cluster`) the same is done by tasks that leave whole files (`tasks`, `proof_tasks`, `gathered`), and
`cluster_rounds` and `cluster_proof` only add up what they return.
"""
