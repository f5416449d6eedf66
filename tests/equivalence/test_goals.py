"""Goals are the ways in which a question can be answered with no."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sizes import examples

from lumpform.equivalence import Question
from lumpform.equivalence.goals import goals

OUTPUTS = st.integers(1, 4).flatmap(lambda n: st.tuples(*[st.lists(st.integers(-2, 2), min_size=n, max_size=n)] * 2))


@settings(max_examples=examples(200))
@given(pair=OUTPUTS, margin=st.sampled_from([Fraction(0), Fraction(1)]), epsilon=st.integers(0, 2))
@example(pair=([0, 2], [1, 0]), margin=Fraction(1), epsilon=0)
@example(pair=([2, 0], [0, 1]), margin=Fraction(1), epsilon=0)
@example(pair=([1, 0], [0, 2]), margin=Fraction(1), epsilon=0)
def test_goals_are_the_ways_to_answer_with_no(pair, margin, epsilon):
    """For constant outputs: some goal is reached exactly where the definition says that the question is violated."""
    a, b = pair
    forms = [[{0: Fraction(v)} if v else {} for v in values] for values in (a, b)]

    def value(form):
        return form.get(0, Fraction(0))

    each = tuple(Fraction(epsilon + k % 2) for k in range(len(a)))
    for question in (Question(argmax=True, margin=margin), Question(epsilon=Fraction(epsilon)), Question(epsilon=each)):
        reached = any(
            value(g.form) > g.above and all(value(c) > 0 for c in g.conditions) for g in goals(question, *forms)
        )
        assert reached is question.violated(a, b)
