"""What the commands are called, and which options they take. What they do is in files of their own, imported late."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from lumpform._version import __version__

Respect = Literal["labels", "rewards", "initial", "none"]
Flag = Annotated[bool, Parameter(negative=())]
Repeated = Annotated[tuple[str, ...], Parameter(negative=())]
Many = Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=True)]

app = App(
    name="lumpform",
    version=f"lumpform {__version__}",
    help="Exact lumping of Markov chains: the smallest equivalent chain, with a certificate that others can check.",
    help_format="plaintext",
)


app.register_install_completion_command(name="--install-completion", help="Install completion for your shell.")


@app.command
def demo(*, keep: Path | None = None) -> int:
    """Reduce an embedded chain, check the result, and show what happened.

    Parameters
    ----------
    keep
        Folder in which the files of the demo are kept.
    """
    from lumpform.cli.demo import run

    return run(keep)


@app.command
def info(
    model: Path,
    /,
    *,
    rows: Literal["exact", "normalise"] = "exact",
    model_kind: Literal["dtmc", "ctmc"] | None = None,
    deadlocks: Literal["error", "loop"] = "error",
    constants: str | None = None,
    property: Repeated = (),
    json: Flag = False,
) -> int:
    """Show what is in a model file.

    Parameters
    ----------
    model
        A chain in a .drn, .tra, .npz or .mtx file (with the extra storm also PRISM and JANI models), or a network in an
        .onnx, .nnet or .npz file.
    rows
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    model_kind
        Of a file that does not state it: a .mtx file, a .tra file of an older version of PRISM.
    deadlocks
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop of probability 1.
    constants
        Values for undefined constants of a PRISM or JANI model: N=3,p=0.5
    property
        A property of a PRISM or JANI model, in PRISM's notation; only labels and rewards that properties mention are
        kept. May be repeated. By default all of them, and the formulas in a JANI file's own properties.
    json
        Print one JSON object.
    """
    from lumpform.cli.info import run
    from lumpform.cli.reading import Reading

    return run(model, Reading(rows, model_kind, deadlocks, constants, property), as_json=json)


@app.command
def reduce(
    model: Path,
    /,
    *,
    out: Annotated[Path | None, Parameter(name=("--out", "-o"))] = None,
    kind: Literal["ordinary", "exact", "strict", "proportional", "proportional-exact", "proportional-exact-one-sided"]
    | None = None,
    semantics: Literal["generator", "rates"] = "generator",
    respect: Annotated[tuple[Respect, ...] | None, Parameter(negative=())] = None,
    rows: Literal["exact", "normalise"] = "exact",
    model_kind: Literal["dtmc", "ctmc"] | None = None,
    deadlocks: Literal["error", "loop"] = "error",
    constants: str | None = None,
    property: Repeated = (),
    certificate: Path | None = None,
    map: Path | None = None,
    draw: Path | None = None,
    check: Flag = False,
    opposite: Flag = False,
    linear: Flag = False,
    stable: Flag = False,
    box: tuple[str, str] | None = None,
    epsilon: str | None = None,
    keep: str | None = None,
    method: Literal["linear", "proportional"] | None = None,
    data: Path | None = None,
    json: Flag = False,
) -> int:
    """Find the coarsest exact lumping of a model, and write the reduced model.

    Parameters
    ----------
    model
        A chain in a .drn, .tra, .npz or .mtx file (with the extra storm also PRISM and JANI models), or a network in an
        .onnx, .nnet or .npz file.
    out
        File for the reduced model; its suffix (.drn .tra .npz .mtx .onnx .nnet) is the format.
    kind
        Chains: equal sums out of states (ordinary, the default), into states (exact), or both (strict); proportional
        rates out of states (proportional), or weighted sums into states (proportional-exact, and
        proportional-exact-one-sided, which has no reduced model). Networks: proportional-exact.
    semantics
        Of a CTMC: its generator, in which self-loops have no effect, or its rates as they stand.
    respect
        What must be equal inside a class; may be repeated. By default what the kind's theorem needs: ordinary, labels
        and rewards; exact, the initial distribution; strict, all three.
    rows
        What to do with a DTMC row that does not sum to exactly one: refuse it, or divide it by its sum.
    model_kind
        Of a file that does not state it: a .mtx file, a .tra file of an older version of PRISM.
    deadlocks
        What to do with a state of a DTMC without transitions: refuse it, or add a self-loop of probability 1.
    constants
        Values for undefined constants of a PRISM or JANI model: N=3,p=0.5
    property
        A property of a PRISM or JANI model, in PRISM's notation; only labels and rewards that properties mention are
        kept. May be repeated. By default all of them, and the formulas in a JANI file's own properties.
    certificate
        File for the certificate, which `lumpform verify` and `python -m lumpform.checker` judge.
    map
        File for the class of every state: one number a line, or an array class_of in a .npz file. Of a network: what
        became of every hidden neuron, one JSON list a line.
    draw
        Networks of up to 200 nodes: file (.svg .pdf .png) for a drawing with merged neurons in one colour; needs
        matplotlib.
    check
        Run the independent checker on the written files.
    opposite
        Networks: also remove ReLU neurons whose input is a negative multiple of another's.
    linear
        Networks: also remove neurons of linear layers that depend linearly on others.
    stable
        Networks: also remove neurons that are always or never active for inputs in the box; needs --box.
    box
        Networks: lower and upper bound of all inputs, for --stable, for the bound on float errors, and for the proved
        bound of the deviation with --epsilon or --keep.
    epsilon
        Lump within epsilon instead of exactly: the largest residual of a state or neuron.
    keep
        Networks: keep this share of the neurons of every hidden layer, as combinations of which the others are written.
    method
        Networks, with --keep: linear combinations (the default), or multiples of one neuron (proportional).
    data
        Networks, with --keep: unlabelled inputs, an .npz file with x or an IDX file; otherwise inputs are assumed.
    json
        Print one JSON object.
    """
    from lumpform.cli.reduce import Request, run

    return run(
        Request(
            model=model,
            out=out,
            kind=kind,
            semantics=semantics,
            respect=respect,
            rows=rows,
            model_kind=model_kind,
            deadlocks=deadlocks,
            constants=constants,
            properties=property,
            certificate=certificate,
            map=map,
            draw=draw,
            check=check,
            as_json=json,
            opposite=opposite,
            linear=linear,
            stable=stable,
            box=box,
            epsilon=epsilon,
            keep=keep,
            method=method,
            data=data,
        )
    )


@app.command
def compare(
    model: Path,
    /,
    *,
    data: Path | None = None,
    labels: Path | None = None,
    inputs: Path | None = None,
    methods: Many = (),
    rates: Many = (),
    box: tuple[str, str] | None = None,
    csv: Path | None = None,
    plot: Path | None = None,
    axis: Literal["neurons", "parameters", "macs"] = "parameters",
    seed: int = 0,
    json: Flag = False,
) -> int:
    """Compare lumping within a budget with pruning: what is left, and how good it is.

    Parameters
    ----------
    model
        A network; fully connected with ReLU for the baselines.
    data
        Samples to measure with: an .npz file with x and y, or an IDX file; by default the embedded digits.
    labels
        An IDX file with the classes of the samples.
    inputs
        Unlabelled inputs for the methods that use some: an .npz file with x, or an IDX file.
    methods
        linear, linear-data, proportional, magnitude-global, magnitude-layer, magnitude-in, magnitude-in-out, random,
        srinivas-babu, neuron-merging, folding, wanda, least-squares.
    rates
        Shares to remove, from 0 to below 1; by default 0.25 0.5 0.75 0.9.
    box
        Lower and upper bound of all inputs: prove how far outputs can be apart on it (small networks).
    csv, plot
        Files for the table and the plot (.svg .pdf .png).
    axis
        What the plot counts.
    seed
        Of assumed inputs and random choices.
    json
        Print one JSON object.
    """
    from lumpform.cli.compare import run

    return run(
        model,
        data=data,
        labels=labels,
        inputs=inputs,
        methods=methods,
        rates=rates,
        box=box,
        csv=csv,
        plot=plot,
        axis=axis,
        seed=seed,
        as_json=json,
    )


@app.command
def figures(name: str | None = None, /, *, out: Path = Path("figures")) -> int:
    """Draw the paper's figures and ours, each as PDF, PNG and the CSV behind it (in a checkout).

    Parameters
    ----------
    name
        One of them: neuron, ctmc, prune_one, linear_dependence, training (needs torch), exact_chains, lattices, speed,
        equivalence_time, tradeoffs, bounds. By default all.
    out
        The folder for the files.
    """
    from lumpform.cli.figures import run

    return run(name, out)


@app.command
def verify(
    model: Path,
    reduced: Path,
    certificate: Path,
    /,
    *,
    rows: Literal["exact", "normalise"] = "exact",
    deadlocks: Literal["error", "loop"] = "error",
    rocq: Flag = False,
) -> int:
    """Let the independent checker judge a certificate: exit 0 VERIFIED, 1 REJECTED, 2 unreadable input.

    Parameters
    ----------
    model
        The original model.
    reduced
        The reduced model.
    certificate
        What `lumpform reduce --certificate` wrote.
    rows, deadlocks
        How the original was read when it was reduced.
    rocq
        Let the kernel of Coq judge as well, by a verified checker (needs coqc): networks of fully connected layers,
        and ordinary or strict lumping of chains.
    """
    from lumpform.cli.verify import run, run_rocq

    if rocq:
        return run_rocq(model, reduced, certificate, rows, deadlocks)
    return run(model, reduced, certificate, rows, deadlocks)


@app.command
def equiv(
    first: Path,
    second: Path,
    /,
    *,
    box: tuple[str, str] | None = None,
    box_file: Path | None = None,
    property: Path | None = None,
    epsilon: Many = ("0",),
    argmax: Flag = False,
    margin: str = "0",
    respect: Annotated[tuple[Literal["labels", "rewards"], ...] | None, Parameter(negative=())] = None,
    rows: Literal["exact", "normalise"] = "exact",
    model_kind: Literal["dtmc", "ctmc"] | None = None,
    deadlocks: Literal["error", "loop"] = "error",
    constants: str | None = None,
    timeout: float = 60.0,
    memory: float = 8192,
    json: Flag = False,
) -> int:
    """Decide whether two models behave the same: exit 0 EQUIVALENT, 1 DIFFERENT, 3 UNKNOWN, 2 unreadable input.

    Parameters
    ----------
    first, second
        Two networks, or two chains with initial distributions: the same distributions of labels and the same expected
        rewards at all times. Inputs and outputs of networks are matched by name if they have the same names, otherwise
        by place.
    box
        Networks: lower and upper bound of all inputs; by default all inputs count.
    box_file
        Networks: a file with a lower and an upper bound for every input, one input a line.
    property
        Networks: a VNN-LIB file whose bounds of the inputs are the box.
    epsilon
        Networks: how much outputs may differ; one number, or one for every output.
    argmax
        Networks: compare only which output is the largest.
    margin
        With --argmax: only where the largest output is ahead by more than this.
    respect
        Chains: what is compared, labels, rewards or both (the default).
    rows, model_kind, deadlocks, constants
        Chains: how the files are read, as for `lumpform reduce`.
    timeout
        Seconds for the comparison, reading the files not included.
    memory
        Mebibytes that may be used.
    json
        Print one JSON object.
    """
    from lumpform.cli.equiv import run
    from lumpform.cli.reading import Reading

    return run(
        first,
        second,
        Reading(rows, model_kind, deadlocks, constants),
        box=box,
        box_file=box_file,
        property_file=property,
        epsilon=epsilon,
        argmax=argmax,
        margin=margin,
        respect=respect,
        timeout=timeout,
        memory=memory,
        as_json=json,
    )


@app.command
def theorems(
    name: str | None = None,
    /,
    *,
    domain: Literal["chain", "network"] | None = None,
    examples: int = 100,
    drop: str | None = None,
    seed: int | None = None,
    json: Flag = False,
) -> int:
    """The catalogue of theorems: a table, or one theorem run on random models.

    Exit code 0 if it holds on all of them (or, with --drop, if a counterexample was found), 1 otherwise.

    Parameters
    ----------
    name
        T1 to T17. Without it, the table of all.
    domain
        Run it on chains or on networks only.
    examples
        How many models of every kind.
    drop
        A hypothesis to leave out, to see why it is needed.
    seed
        For other random models; without it every run is the same.
    json
        Print one JSON object.
    """
    from lumpform.cli.theorems import run

    return run(name, domain, examples, drop, seed, as_json=json)


def separated(arguments: list[str]) -> list[str]:
    """Arguments with ``--respect a b`` written as ``--respect a --respect b``, so that both forms are understood."""
    allowed = Respect.__args__
    result: list[str] = []
    following = False
    for argument in arguments:
        if following and argument in allowed and result[-1] != "--respect":
            result.append("--respect")
        following = argument == "--respect" or (following and argument in allowed)
        result.append(argument)
    return result
