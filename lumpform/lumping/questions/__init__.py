"""Answers questions about lumpings: why two nodes are apart, and whether a partition that somebody has is one.

`why` searches the shortest experiment that tells two nodes apart: `history` keeps the rounds of refinement,
`explain` writes them down as steps, `experiment` holds and replays them; networks, which take one look at each layer,
have `why_network`. `is_lumping` judges a partition: `forced` finds the scales that it needs, `refuted` says what
contradicts it. What both ask about is a `question`.
"""
