"""Says what files may ask of the checker: how long, how deep, how many, how large, and how much work.

Nothing in a certificate or a model is trusted. What lies beyond these limits is unreadable (docs/certificate.md,
section 6.1). Values that are smaller than those of the readers of LumpForm have their reason in Python's objects, which
take more time and memory than packed numbers.

==============================  ===========  ======================================================================
name                            value        why
==============================  ===========  ======================================================================
MAX_DIGITS                      4000         characters of a number: Python turns 4300 digits into an integer
MAX_EXPONENT                    4000         ``1e999999999`` is a short text and a number that fills the memory
MAX_SUM_BITS                    2^16         common denominator of a row or class: sums take the square of its length
FILE_BITS                       2^25         distinct numbers of a text file together, besides 100 for each byte
FILE_BITS_PER_BYTE              100          four bytes of ``1e99`` stand for 329 bits
MAX_EXPRESSION                  10,000       characters of an expression in parameters
MAX_DEPTH                       60           parentheses in each other; Python's stack holds some hundreds
MAX_POWER                       60           an exponent that is written; powers of powers multiply
MAX_TERMS                       2,000        terms of a polynomial: products take the square
MAX_DEGREE                      10,000       exponent of a parameter in a polynomial
MAX_COEFFICIENT_BITS            13,000       numerator or denominator of a coefficient: under 4,000 digits
MAX_PARAMETERS                  100          parameters of a model
MAX_WORK                        2^30         units of work of a verdict (effort.py), besides 2^10 for each byte
WORK_PER_BYTE                   2^10         as above: two seconds, and one for a megabyte
FREE_BITS                       1024         arithmetic on numbers of up to so many bits is not counted as work
FREE_EXPONENT                   400          exponents of up to so much are not counted as work
FREE_TERMS                      4            polynomials of up to so many terms are not counted as work
TERM_WORK                       6,000        units of work for one term
MAX_LINE                        2^22         bytes of a line in a text file
SPARE_STATES                    2^18         states beyond one for each byte: isolated states take no room
MAX_STATES                      2^31 - 2     states: they are numbered by 32-bit integers
MAX_CERTIFICATE_BYTES           2^28         a certificate
MAX_CERTIFICATE_ITEMS           2^20         commas and opening brackets in it: far more than a certificate has
MAX_CERTIFICATE_STEPS           10,000       steps of a network's certificate
LISTED                          1000         states up to which a certificate's map is a plain list
MAX_TEXT                        2^12         characters of one text in an array
TEXT_BYTES                      64           what a text takes beyond its characters
ARCHIVE_BYTES                   2^26         arrays of an archive, besides 64 for each byte of the file
ARCHIVE_BYTES_PER_BYTE          64           as above: compressed zeros take a thousandth of their size
ARCHIVE_ENTRIES                 2^21         transitions in an archive, besides 4 for each byte
ARCHIVE_ENTRIES_PER_BYTE        4            as above
ARCHIVE_CELLS                   2^24         labels and rewards times states, a byte each, besides 16 for each byte
ARCHIVE_CELLS_PER_BYTE          16           as above
ARCHIVE_NUMBERS                 2^16         distinct numbers in an archive, beyond one for each byte
REWARD_CELLS                    16           what a reward counts as, in labels
NETWORK_ARCHIVE_BYTES           2^24         arrays of a network's archive, besides 64 for each byte
MAX_LAYER                       2^24         neurons of a layer: a matrix without rows costs no bytes
MAX_LAYERS                      1,000        layers of a fully connected network
MAX_NNET_BYTES                  2^30         an NNet file
MAX_ONNX_BYTES                  2^31         an ONNX file: messages of its format are not longer
MAX_ENTRIES                     2^26         numbers of a constant in an ONNX file
MAX_SIDE                        2^24         a dimension of an input of an ONNX file
MAX_RANK                        64           dimensions of a tensor, as in NumPy
MAX_TENSOR                      2^40         numbers of a tensor; those in natural order take no memory
MAX_WINDOW                      2^16         a side, stride, dilation or padding of a window
MAX_COMPUTED                    2^12         bits of a constant that is computed from others
NETWORK_UNITS                   2^22         what a network may imply (networks/limits.py), besides 4 for each byte
NETWORK_UNITS_PER_BYTE          4            as above, or for each weight
==============================  ===========  ======================================================================
"""

MAX_DIGITS = 4000
MAX_EXPONENT = 4000
MAX_SUM_BITS = 1 << 16
FILE_BITS = 1 << 25
FILE_BITS_PER_BYTE = 100

MAX_EXPRESSION = 10_000
MAX_DEPTH = 60
MAX_POWER = 60
MAX_TERMS = 2_000
MAX_DEGREE = 10_000
MAX_COEFFICIENT_BITS = 13_000
MAX_PARAMETERS = 100

MAX_WORK = 1 << 30
WORK_PER_BYTE = 1 << 10
FREE_BITS = 1024
FREE_EXPONENT = 400
FREE_TERMS = 4
TERM_WORK = 6_000

MAX_LINE = 1 << 22
SPARE_STATES = 1 << 18
MAX_STATES = (1 << 31) - 2

MAX_CERTIFICATE_BYTES = 1 << 28
MAX_CERTIFICATE_ITEMS = 1 << 20
MAX_CERTIFICATE_STEPS = 10_000
LISTED = 1000

MAX_TEXT = 1 << 12
TEXT_BYTES = 64
ARCHIVE_BYTES = 1 << 26
ARCHIVE_BYTES_PER_BYTE = 64
ARCHIVE_ENTRIES = 1 << 21
ARCHIVE_ENTRIES_PER_BYTE = 4
ARCHIVE_CELLS = 1 << 24
ARCHIVE_CELLS_PER_BYTE = 16
ARCHIVE_NUMBERS = 1 << 16
REWARD_CELLS = 16
NETWORK_ARCHIVE_BYTES = 1 << 24

MAX_LAYER = 1 << 24
MAX_LAYERS = 1_000
MAX_NNET_BYTES = 1 << 30
MAX_ONNX_BYTES = 1 << 31
MAX_ENTRIES = 1 << 26
MAX_SIDE = 1 << 24
MAX_RANK = 64
MAX_TENSOR = 1 << 40
MAX_WINDOW = 1 << 16
MAX_COMPUTED = 1 << 12
NETWORK_UNITS = 1 << 22
NETWORK_UNITS_PER_BYTE = 4
