"""Small files of chains in every format, and changes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

DRN = """// a comment
@type: CTMC
@value_type: rational
@parameters

@placeholders
$x : 1/2
@reward_models
cost energy
@nr_states
3
@nr_choices
3
@model
state 0 !5/2 [1, 0.5] init "a b" up
\taction 0 [2, 1/3]
\t\t1 : 2
\t\t2 : $x
state 1 !3 [0, 3] up
\taction "go on"
\t\t0 : 1
\t\t2 : 2
state 2 [0, 0]
\taction 0
\t\t0 : 1
"""

DTMC = """@type: DTMC
@parameters
p q
@reward_models

@nr_states
3
@model
state 0 init
 action 0
  1 : p*(1-q)
  2 : 1-p+p*q
state 1 good
 action 0
  1 : 1
state 2
 action 0
  0 : 2*q/4
  1 : 1/2
  2 : .5-q^1/2
"""

PARAMETRIC = {
    "model.drn": """@type: CTMC
@parameters
a b
@reward_models
r
@nr_states
4
@model
state 0 [0]
 action 0
  1 : a
  2 : a*b
state 1 [a]
 action 0
  0 : a+b
  3 : 1/2
state 2 [a]
 action 0
  0 : b+a
  3 : .5
state 3 [b]
 action 0
  0 : 2*a
""",
    "reduced.drn": """@type: CTMC
@parameters
a b
@reward_models
r
@nr_states
3
@model
state 0 [0]
 action 0
  1 : a*(1+b)
state 1 [a]
 action 0
  0 : a+b
  2 : 1/2
state 2 [b]
 action 0
  0 : 2*a
""",
}
"""A chain with parameters and its quotient, classes {0}, {1, 2}, {3}."""

UNNAMED = """@type: DTMC
@reward_models
 cost
@nr_states
2
@model
state 0 [3, 4]
 action 0 [1, 2]
  1 : 1
state 1 [5, 6]
 action 0 [7, 8]
  0 : 1
"""

DOUBLES = """@type: ctmc
@reward_models

@nr_states
3
@model
state 0 !0.3333333333333 [1] init
 action 0
  0 : 0
  1 : 0.1111111111111
  2 : 0.2222222222222
state 1 !1e300 [0.5]
 action 0 [2]
  0 : 5e299
  2 : 5e299
  0 : 0
state 2 !0
 action 0 [7]
"""

TRA = {
    "model.tra": "3 5\n0 1 0.5\n0 2 1/2\n1 2 1 name\n2 0 1e-1\n2 1 0.9\n",
    "model.lab": '0="init" 1="up"  2="a b"\n0: 0 1\n2: 2\n',
    "model.srew": '# Reward structure "cost"\n3 2\n0 1.5\n2 1/3\n',
    "model.trew": "3 2\n0 1 2\n2 0 3\n",
    "model1.srew": '# Reward structure "energy"\n3 1\n1 7\n',
}


GENERATORS = {
    "as it is": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "another sum": [{0: -2.5, 1: 3, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "a sum in the last row": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {2: -1}],
    "a positive diagonal": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {}],
    "a tiny diagonal": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: 0.5}, {2: 2**-1000}],
    "rates with self-loops": [{0: 2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: 0.25}, {}],
    "a negative entry": [{0: 2.5, 1: 2, 2: 0.5}, {0: -0.25, 1: 0.25}, {}],
    "a negative entry beside a diagonal": [{0: -1, 1: 2, 2: -1}, {0: 0.25, 1: -0.25}, {}],
    "rows in another order": [{2: 0.5, 1: 2, 0: -2.5}, {1: -0.25, 0: 0.25}, {}],
    "a zero on the diagonal": [{0: -2.5, 1: 2, 2: 0.5}, {0: 0.25, 1: -0.25}, {2: 0}],
    "entries behind the diagonal": [{0: -2.5, 1: 2, 2: 0.5}, {1: -0.25, 2: 0.25}, {0: 7, 2: -7}],
    "the last row alone": [{}, {}, {0: 7, 1: 1, 2: -8}],
    "no entries": [{}, {}, {}],
}
"""Rows of matrices of a CTMC, some of them generators."""


def with_rows(rows: list[dict[int, float]]) -> dict[str, Any]:
    """The arrays of a CTMC with these rows."""
    return {
        "kind": np.array("ctmc"),
        "indptr": np.cumsum([0, *map(len, rows)]),
        "indices": np.array([target for row in rows for target in row], dtype=np.int64),
        "data": np.array([rate for row in rows for rate in row.values()], dtype=np.float64),
    }


WORDS = [
    ("@type: DTMC", "@type: DTMC\n@colour\nred"),
    ("@type: DTMC", "@type: DTMC\n@colour: red"),
    ("@type: DTMC", "text before\n@type: DTMC"),
    ("@type: DTMC", "@type: dtmc"),
    ("@type: DTMC", "@type: Ctmc"),
    ("p q", "p p"),
    ("p q", "p q 1r"),
    ("p q", "p q " + " ".join(f"r{i}" for i in range(98))),
    ("p q", "p q " + " ".join(f"r{i}" for i in range(99))),
    ("@reward_models\n\n", "@reward_models\na b\na\n"),
    ("@reward_models\n\n", "@reward_models\n" + " ".join(f"r{i}" for i in range(200)) + "\n"),
    ("@nr_states\n3", "@nr_states\n2"),
    ("@nr_states\n3", "@nr_states\n4"),
    ("@nr_states\n3", "@placeholders\n$x : p : 2\n$y\n@nr_states\n3"),
    ("@nr_states\n3", "@nr_states\n1000000"),
    ("@nr_states\n3", "@nr_states\n3\n@nr_choices\n4"),
    ("@nr_states\n3", "@nr_states\n3\n@value_type\nexact"),
    ("@nr_states\n3", "@nr_states\n3\n@value_type\nfloat"),
    ("state 0 init", "state 0 !1 init"),
    ("state 0 init", "state 0 ! init"),
    ("state 0 init", "state 0 [] init"),
    ("state 0 init", "state 0 [1] init"),
    ("state 0 init", "state 0 init // a comment"),
    ("state 0 init", "// a comment\n\nstate 0 init init deadlock"),
    ("state 1 good", "  // a comment\n \t \nstate 1 good"),
    ("state 1 good", "nothing\nstate 1 good"),
    ("state 1 good", "state 1 action"),
    ("state 2", "  1 : 1\nstate 2"),
    (" action 0\n  1 : 1\n", "  1 : 1\n"),
    (" action 0\n  1 : 1\n", " action 0\n action 1\n  1 : 1\n"),
    ("  1 : 1\n", "  3 : 1\n"),
    ("  1 : 1\n", "  1 : $x\n"),
    ("  1 : 1\n", "  1 : 1\n  0 : 0\n  2 : p-p\n"),
    ("  1 : 1\n", "  1 : p\n"),
    ("  1 : 1\n", "  1 : -1\n  0 : 2\n"),
    ("  1 : 1\n", "  1 : 1-p\n  0 : p\n"),
    ("  1 : 1\n", "  1 : 1/3\n  0 : 1/3\n  2 : 1/3\n"),
]
"""Changes of `DTMC`, each with words of its own."""


def archive() -> dict[str, Any]:
    """The arrays of a chain."""
    return {
        "kind": np.array("dtmc"),
        "indptr": np.array([0, 2, 3, 5]),
        "indices": np.array([1, 2, 2, 0, 1], dtype=np.int32),
        "val_index": np.array([1, 1, 2, 0, 3], dtype=np.uint8),
        "val_num": np.array(["1", "1", "1", "0.9"]),
        "val_den": np.array(["10", "2", "1", "1"]),
        "label_init": np.array([1, 0, 0], dtype=np.uint8),
        "label_up": np.array([1, 0, 1], dtype=np.int64),
        "initial_states": np.array([0, 2]),
        "initial_num": np.array(["1", "2"]),
        "initial_den": np.array(["3", "3"]),
        "reward_cost": np.array([0.5, 1.0, 2.0]),
        "reward_energy": np.array([0.1, 0.1, 0.0], dtype=np.float32),
        "rewardindex_energy": np.array([1, 1, 0]),
        "rewardnum_energy": np.array(["0", "-1"]),
        "rewardden_energy": np.array(["1", "-10"]),
    }
