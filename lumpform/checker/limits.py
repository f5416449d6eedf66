"""Says what files may ask of the checker: how long, how deep, how many, how large, and how much work.

Nothing in a certificate or a model is trusted. What lies beyond these limits is unreadable (docs/certificate.md,
section 6.1). Values that are smaller than those of the readers of LumpForm have their reason in Python's objects, which
take more time and memory than packed numbers.

They are one frozen argument of `check`. Readers and budgets are given it and keep it; arithmetic, which happens
everywhere, finds it in the block that counts its work (effort.py).

==============================  ===========  ======================================================================
name                            value        why
==============================  ===========  ======================================================================
max_digits                      4000         characters of a number: Python turns 4300 digits into an integer
max_exponent                    4000         ``1e999999999`` is a short text and a number that fills the memory
max_sum_bits                    2^16         common denominator of a row or class: sums take the square of its length
small_bits                      4096         a common denominator of up to so many bits serves for a whole model
file_bits                       2^25         distinct numbers of a text file together, besides 100 for each byte
file_bits_per_byte              100          four bytes of ``1e99`` stand for 329 bits
max_expression                  10,000       characters of an expression in parameters
max_depth                       60           parentheses in each other; Python's stack holds some hundreds
max_power                       60           an exponent that is written; powers of powers multiply
max_terms                       2,000        terms of a polynomial: products take the square
max_degree                      10,000       exponent of a parameter in a polynomial
max_coefficient_bits            13,000       numerator or denominator of a coefficient: under 4,000 digits
max_parameters                  100          parameters of a model
max_work                        2^30         units of work of a verdict (effort.py), besides 2^10 for each byte
work_per_byte                   2^10         as above: two seconds, and one for a megabyte
max_line                        2^22         bytes of a line in a text file
expansion                       200          bytes of text for each byte of a compressed file: 122 in a very regular one
expansion_spare                 2^21         as above, besides: some seconds for a tiny file that is not honest
xz_memory                       2^27         bytes that decompressing an xz file may take
spare_states                    2^18         states beyond one for each byte: isolated states take no room
max_states                      2^31 - 2     states: they are numbered by 32-bit integers
max_certificate_bytes           2^28         a certificate
max_certificate_items           2^20         commas and opening brackets in it: far more than a certificate has
max_certificate_steps           10,000       steps of a network's certificate
listed                          1000         states up to which a certificate's map is a plain list
max_text                        2^12         characters of one text in an array
text_bytes                      64           what a text takes beyond its characters
archive_bytes                   2^26         arrays of an archive, besides 64 for each byte of the file
archive_bytes_per_byte          64           as above: compressed zeros take a thousandth of their size
archive_entries                 2^21         transitions in an archive, besides 4 for each byte
archive_entries_per_byte        4            as above
archive_cells                   2^24         labels and rewards times states, a byte each, besides 16 for each byte
archive_cells_per_byte          16           as above
archive_numbers                 2^16         distinct numbers in an archive, beyond one for each byte
reward_cells                    16           what a reward counts as, in labels
network_archive_bytes           2^24         arrays of a network's archive, besides 64 for each byte
max_header_bytes                2^26         the header of a folder of shards
max_header_items                2^22         commas and opening brackets in it
block_rows                      2^16         rows that are judged at a time, if they are on disk
block_entries                   2^18         transitions in them, unless one row has more
spooled                         2^24         transitions from which those of an archive are put on disk
max_layer                       2^24         neurons of a layer: a matrix without rows costs no bytes
max_layers                      1,000        layers of a fully connected network
max_nnet_bytes                  2^30         an NNet file
max_onnx_bytes                  2^31         an ONNX file: messages of its format are not longer
max_entries                     2^26         numbers of a constant in an ONNX file
max_side                        2^24         a dimension of an input of an ONNX file
max_rank                        64           dimensions of a tensor, as in NumPy
max_tensor                      2^40         numbers of a tensor; those in natural order take no memory
max_window                      2^16         a side, stride, dilation or padding of a window
max_computed                    2^12         bits of a constant that is computed from others
network_units                   2^24         what a network may imply (networks/budget.py), besides 4 for each byte
network_units_per_byte          4            as above, or for each weight
max_tree_nodes                  2^20         splits and leaves of a tree (networks/difference)
max_tree_depth                  1,000        splits above a leaf: numbers get a bit longer with each
max_tree_work                   2^40         units of work on all leaves: about half an hour
max_zonotope                    2^29         bytes of the zonotopes of a leaf
==============================  ===========  ======================================================================
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Holds the limits of a verdict; the table above says what each of them is for."""

    max_digits: int = 4000
    max_exponent: int = 4000
    max_sum_bits: int = 1 << 16
    small_bits: int = 4096
    file_bits: int = 1 << 25
    file_bits_per_byte: int = 100

    max_expression: int = 10_000
    max_depth: int = 60
    max_power: int = 60
    max_terms: int = 2_000
    max_degree: int = 10_000
    max_coefficient_bits: int = 13_000
    max_parameters: int = 100

    max_work: int = 1 << 30
    work_per_byte: int = 1 << 10

    max_line: int = 1 << 22
    expansion: int = 200
    expansion_spare: int = 1 << 21
    xz_memory: int = 1 << 27
    spare_states: int = 1 << 18
    max_states: int = (1 << 31) - 2

    max_certificate_bytes: int = 1 << 28
    max_certificate_items: int = 1 << 20
    max_certificate_steps: int = 10_000
    listed: int = 1000

    max_text: int = 1 << 12
    text_bytes: int = 64
    archive_bytes: int = 1 << 26
    archive_bytes_per_byte: int = 64
    archive_entries: int = 1 << 21
    archive_entries_per_byte: int = 4
    archive_cells: int = 1 << 24
    archive_cells_per_byte: int = 16
    archive_numbers: int = 1 << 16
    reward_cells: int = 16
    network_archive_bytes: int = 1 << 24

    max_header_bytes: int = 1 << 26
    max_header_items: int = 1 << 22
    block_rows: int = 1 << 16
    block_entries: int = 1 << 18
    spooled: int = 1 << 24

    max_layer: int = 1 << 24
    max_layers: int = 1_000
    max_nnet_bytes: int = 1 << 30
    max_onnx_bytes: int = 1 << 31
    max_entries: int = 1 << 26
    max_side: int = 1 << 24
    max_rank: int = 64
    max_tensor: int = 1 << 40
    max_window: int = 1 << 16
    max_computed: int = 1 << 12
    network_units: int = 1 << 24
    network_units_per_byte: int = 4
    max_tree_nodes: int = 1 << 20
    max_tree_depth: int = 1_000
    max_tree_work: int = 1 << 40
    max_zonotope: int = 1 << 29


DEFAULT = Limits()
"""The limits that hold unless a caller gives others."""
