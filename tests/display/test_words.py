"""Numbers with their nouns, and nouns with their articles, as messages say them."""

import pytest

import lumpform as lf
from lumpform.display.words import counted, with_article


@pytest.mark.parametrize(
    ("many", "noun", "said"),
    [
        (1, "state", "1 state"),
        (0, "state", "0 states"),
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (2, "class", "2 classes"),
        (1234567, "state", "1,234,567 states"),
    ],
)
def test_a_number_and_its_noun(many: int, noun: str, said: str) -> None:
    assert counted(many, noun) == said


@pytest.mark.parametrize(
    "said",
    [
        "an exit rate", "an action name", "an int", "an MDP", "an mdp", "an ndarray", "an LTS", "an MA",
        "an 8 x 3 matrix", "an 11 x 3 matrix",
        "a probability or rate", "a reward", "a DTMC", "a CTMC, MDP or MA", "a unit", "a MarkovChain",
        "a 10 x 8 matrix", "a label", "a Euler", "a ", "an element",
    ],
)  # fmt: skip
def test_a_noun_and_its_article(said: str) -> None:
    assert with_article(said.partition(" ")[2]) == said


def test_messages_have_the_article_of_the_noun(tmp_path) -> None:
    text = "@type: CTMC\n@parameters\n\n@reward_models\n\n@nr_states\n1\n@model\nstate 0 !-1\n"
    (tmp_path / "m.drn").write_text(text)
    with pytest.raises(lf.FormatError, match="found '-1', expected an exit rate that is not negative"):
        lf.read(tmp_path / "m.drn")
    (tmp_path / "m.tra").write_text("1 1\n0 0 1\n")
    (tmp_path / "m.sta").write_text("(x)\n")
    with pytest.raises(lf.FormatError, match="found 0 states, expected 1 as the"):
        lf.read(tmp_path / "m.tra")
