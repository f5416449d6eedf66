"""Says what files may ask for: how long, how deep, how many, and how large.

No file is trusted. A reader refuses what lies beyond these limits in one line, before it takes time or memory. The
checker has a table of its own (`lumpform.checker.limits`), since it shares no code; a test compares the two by name.

==============================  ===========  ======================================================================
name                            value        why
==============================  ===========  ======================================================================
MAX_DIGITS                      4000         characters of a number: Python turns 4300 digits into an integer
MAX_EXPONENT                    4000         ``1e999999999`` is a short text and a number that fills the memory
MAX_SUM_BITS                    2^16         common denominator of a row: sums take the square of its length
FILE_BITS                       2^25         distinct numbers of a file together, besides 100 bits for each byte
FILE_BITS_PER_BYTE              100          four bytes of ``1e99`` stand for 329 bits
NETWORK_BITS_PER_BYTE           16           the same for networks, whose numbers are all used: besides 2^25
MAX_EXPRESSION                  10,000       characters of an expression in parameters
MAX_DEPTH                       60           parentheses in each other; Python's stack holds some hundreds
MAX_POWER                       60           an exponent that is written; powers of powers multiply
MAX_TERMS                       2,000        terms of a polynomial: products take the square
MAX_DEGREE                      10,000       exponent of a parameter in a polynomial
MAX_COEFFICIENT_BITS            13,000       numerator or denominator of a coefficient: under 4,000 digits
MAX_PARAMETERS                  100          parameters of a model: every monomial has an exponent for each
MAX_FUNCTIONS                   5,000        distinct functions of parameters in a file
MAX_COEFFICIENTS                10^6         functions times monomials over their common denominator
MAX_COLUMN_BITS                 2^30         those coefficients: each is as long as the common denominator, or longer
MAX_FRACTION                    10^6         terms of a numerator times those of its denominator: common divisors
MAX_LINE                        2^22         bytes of a line in a text file
EXPANSION                       200          bytes of text for each byte of a compressed file: models shrink to 1/10
EXPANSION_SPARE                 2^24         besides these
XZ_MEMORY                       2^27         bytes that decompressing an xz file may take
SPARE_STATES                    2^18         states beyond one for each byte: isolated states take no room
SPARE_CELLS                     2^26         labels times states, a byte each, beyond 64 for each byte
CELLS_PER_BYTE                  64           as above
MAX_NAMES                       2^17         labels or rewards of a model: each is a Python object or two
STATE_NAMES                     2^24         characters of all names of states, besides 32 for each byte
STATE_NAMES_PER_BYTE            32           as above
MAX_VARIABLE                    100          characters of a variable's name that is put back into names of states
MAX_STRUCTURES                  10,000       numbered reward files beside a ``.tra`` file
MAX_STATES                      2^31 - 2     states or neurons: they are numbered by 32-bit integers
MAX_PROGRAM_BYTES               2^26         a PRISM or JANI file
MAX_PROGRAM_DEPTH               1,000        brackets in each other there: Storm's parser crashes at some thousands
MAX_OPERATORS                   10,000       operators of an expression there, for the same reason
MAX_CHOICES                     2,000        conditions ``? :`` of an expression there, for the same reason
MAX_CERTIFICATE_BYTES           2^28         a certificate
MAX_CERTIFICATE_ITEMS           2^20         commas and opening brackets in it: far more than a certificate has
LISTED                          1000         states up to which a certificate's map is a plain list
MAX_ARCHIVE_BYTES               2^33         all arrays of an archive, if the reader says nothing else
MAX_ARRAYS                      2^14         arrays of an archive
MAX_TEXT                        2^16         characters of one text in an array
DEFLATE_RATIO                   1040         compressed bytes grow to at most 1032 times their number
ARCHIVE_BYTES                   2^29         arrays of a chain's archive, besides 64 for each byte of the file
ARCHIVE_BYTES_PER_BYTE          64           as above: compressed zeros take a thousandth of their size
ARCHIVE_ENTRIES                 2^24         transitions in an archive, besides 8 for each byte
ARCHIVE_ENTRIES_PER_BYTE        8            as above
ARCHIVE_CELLS                   2^25         labels and rewards times states, a byte each, besides 32 for each byte
ARCHIVE_CELLS_PER_BYTE          32           as above
ARCHIVE_NUMBERS                 2^16         distinct numbers in an archive, beyond one for each byte
REWARD_CELLS                    16           bytes that a reward takes for each state
UMB_EXPANSION                   50           bytes for each byte of a compressed UMB file, besides 2^24: as lists of
                                             Python's, in which umbi has them, they take ten times as much
UMB_INDEX_BYTES                 2^22         the index of a UMB file
UMB_NUMBER_BITS                 13,312       a rational in a UMB file, numerator and denominator: under 4,000 digits
NETWORK_ARCHIVE_BYTES           2^24         arrays of a network's archive, besides 64 for each byte of the file
MAX_LAYER                       2^24         neurons of a layer: a matrix without rows costs no bytes
MAX_LAYERS                      1,000        layers of a fully connected network: reductions go through all of them
MAX_NNET_BYTES                  2^30         an NNet file
MAX_ONNX_BYTES                  2^31         an ONNX file: messages of its format are not longer
MAX_ENTRIES                     2^28         numbers of a constant in an ONNX file
MAX_SIDE                        2^24         a dimension of an input of an ONNX file
MAX_DIMENSIONS                  64           dimensions of a tensor in a TensorFlow Lite file
MAX_WINDOW                      2^16         a side, stride, dilation or padding of a window
MAX_IMPLIED                     2^26         weights that no number of the file stands for: copies, zeros
MAX_MOVED                       2^26         entries of tensors that are made, in all
MAX_OPERATIONS                  1,000        operations of an ONNX file, besides one for each 1000 bytes of it
MAX_PORTS                       1,000        inputs and outputs of an ONNX file, besides one for each 1000 bytes
BYTES_PER_OPERATION             1,000        as above: each takes a fraction of a millisecond, and is a group
MAX_ARROWS                      2^13         arrows of a network from a file, besides one for each 500 bytes: a
                                             position of a kernel is an arrow
BYTES_PER_ARROW                 500          as above
MAX_PROPERTY_BYTES              2^26         a VNN-LIB property, or a file of bounds
MAX_PROPERTY_DEPTH              50           parentheses in each other in a VNN-LIB property
MAX_SAMPLE_BYTES                2^31         samples in an IDX file
MAX_SHARD_HEADER                2^26         bytes of the header of a folder of shards
MAX_SHARD_STATES                2^40         states of a chain in shards
MAX_SHARD_EDGES                 2^44         transitions of a chain in shards
==============================  ===========  ======================================================================
"""

MAX_DIGITS = 4000
MAX_EXPONENT = 4000
MAX_SUM_BITS = 1 << 16
FILE_BITS = 1 << 25
FILE_BITS_PER_BYTE = 100
NETWORK_BITS_PER_BYTE = 16

MAX_EXPRESSION = 10_000
MAX_DEPTH = 60
MAX_POWER = 60
MAX_TERMS = 2_000
MAX_DEGREE = 10_000
MAX_COEFFICIENT_BITS = 13_000
MAX_PARAMETERS = 100
MAX_FUNCTIONS = 5_000
MAX_COEFFICIENTS = 1_000_000
MAX_COLUMN_BITS = 1 << 30
MAX_FRACTION = 1_000_000

MAX_LINE = 1 << 22
EXPANSION = 200
EXPANSION_SPARE = 1 << 24
XZ_MEMORY = 1 << 27
SPARE_STATES = 1 << 18
SPARE_CELLS = 1 << 26
CELLS_PER_BYTE = 64
MAX_NAMES = 1 << 17
STATE_NAMES = 1 << 24
STATE_NAMES_PER_BYTE = 32
MAX_VARIABLE = 100
MAX_STRUCTURES = 10_000
MAX_STATES = (1 << 31) - 2

MAX_PROGRAM_BYTES = 1 << 26
MAX_PROGRAM_DEPTH = 1_000
MAX_OPERATORS = 10_000
MAX_CHOICES = 2_000

MAX_CERTIFICATE_BYTES = 1 << 28
MAX_CERTIFICATE_ITEMS = 1 << 20
LISTED = 1000

MAX_ARCHIVE_BYTES = 1 << 33
MAX_ARRAYS = 1 << 14
MAX_TEXT = 1 << 16
DEFLATE_RATIO = 1040
ARCHIVE_BYTES = 1 << 29
ARCHIVE_BYTES_PER_BYTE = 64
ARCHIVE_ENTRIES = 1 << 24
ARCHIVE_ENTRIES_PER_BYTE = 8
ARCHIVE_CELLS = 1 << 25
ARCHIVE_CELLS_PER_BYTE = 32
ARCHIVE_NUMBERS = 1 << 16
REWARD_CELLS = 16
UMB_EXPANSION = 50
UMB_INDEX_BYTES = 1 << 22
UMB_NUMBER_BITS = 13_312

NETWORK_ARCHIVE_BYTES = 1 << 24
MAX_LAYER = 1 << 24
MAX_LAYERS = 1_000
MAX_NNET_BYTES = 1 << 30
MAX_ONNX_BYTES = 1 << 31
MAX_ENTRIES = 1 << 28
MAX_SIDE = 1 << 24
MAX_DIMENSIONS = 64
MAX_WINDOW = 1 << 16
MAX_IMPLIED = 1 << 26
MAX_MOVED = 1 << 26

MAX_OPERATIONS = 1_000
MAX_PORTS = 1_000
BYTES_PER_OPERATION = 1_000
MAX_ARROWS = 1 << 13
BYTES_PER_ARROW = 500
MAX_PROPERTY_BYTES = 1 << 26
MAX_PROPERTY_DEPTH = 50
MAX_SAMPLE_BYTES = 1 << 31

MAX_SHARD_HEADER = 1 << 26
MAX_SHARD_STATES = 1 << 40
MAX_SHARD_EDGES = 1 << 44
