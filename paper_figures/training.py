"""The paper's experiment: neurons overwritten by combinations of kept ones, retrained, then pruned one by one.

As far as the experiment is known to us: a convolutional network (two blocks of 32 3x3 filters with max-pooling, dense
layers of 16, 128 and 10, ReLU). In the layer of 128 a random subset is kept, all others are overwritten by linear
combinations of 2, 3 or 4 kept ones, the layer is frozen and the rest retrained; then neurons are pruned one after the
other, outgoing weights going to the kept ones. Our choices: 32 kept neurons, coefficients uniform between 1/2 and 1 in
size, 25 epochs and 10 more, Adam, two seeds (with --full 40 more and five seeds), the embedded digits (or MNIST from
IDX files, --mnist FOLDER).

Three arms. *same sign*: positive coefficients, and incoming weights and biases of the kept neurons not negative: behind
a ReLU all are then active, so a combination of neurons is the combination of their values and nothing is lost.
*positive coefficients* alone do not suffice: relu(a + b) is not relu(a) + relu(b) where a and b differ in sign. *mixed
signs*: the loss grows with the number of terms. Beside each, LumpForm's linear lumping to the same number of neurons,
with unlabelled training inputs. Needs torch.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.display.figure import PALETTE, legend, new_figure
from lumpform.networks.samples import embedded_digits, read_samples
from lumpform.reduction.moments import Moments, fit, select

WIDTH, KEPT = 128, 32
TERMS = (2, 3, 4)
ARMS = ("same sign", "positive coefficients", "mixed signs")
EPOCHS = 25
SMALL, FULL = (2, 10), (5, 40)
"""Seeds, and epochs after overwriting: a minute, or ten times as long."""
PRUNED = (0, 16, 32, 48, 64, 80, 96)

CAPTION = """Training, overwriting, pruning. In the layer of 128 of a convolutional network 96 neurons were
overwritten by combinations of 2, 3 or 4 of the other 32, the rest was trained again, and the 96 were pruned one after
the other. Solid lines: the outgoing weights go to the kept neurons, as in the paper; dotted lines: linear lumping to
the same number of neurons. Lines are means over the seeds, bands one standard deviation. Behind a ReLU pruning loses
nothing if all weights of the combined neurons have one sign (left), though such a layer leaves less to be learned;
positive coefficients alone are not enough (middle), and with mixed signs more terms lose more (right)."""


def network(side: int) -> Any:
    """The convolutional network, for images of some side."""
    from torch import nn

    left = side // 4
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * left * left, 16), nn.ReLU(), nn.Linear(16, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10),
    )  # fmt: skip


def train(model: Any, x: Any, y: Any, epochs: int, seed: int) -> None:
    """Adam on cross-entropy, in an order that the seed fixes."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    chosen = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(chosen, lr=2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=generator).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()


def overwrite(model: Any, arm: str, terms: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Overwrite all but the kept neurons of the layer of 128; which were kept, and the coefficients (kept, others)."""
    import torch

    layer = model[9]
    order = rng.permutation(WIDTH)
    kept, others = np.sort(order[:KEPT]), np.sort(order[KEPT:])
    coefficients = np.zeros((KEPT, len(others)))
    for j in range(len(others)):
        chosen = rng.choice(KEPT, terms, replace=False)
        sizes = rng.uniform(0.5, 1.0, terms)
        signs = rng.choice([-1.0, 1.0], terms) if arm == "mixed signs" else np.ones(terms)
        if arm == "mixed signs" and (signs == signs[0]).all():
            signs[0] = -signs[0]
        coefficients[chosen, j] = sizes * signs
    with torch.no_grad():
        if arm == "same sign":
            layer.weight[kept] = layer.weight[kept].abs()
            layer.bias[kept] = layer.bias[kept].abs()
        mix = torch.tensor(coefficients.T, dtype=layer.weight.dtype)
        layer.weight[others] = mix @ layer.weight[kept]
        layer.bias[others] = mix @ layer.bias[kept]
    layer.weight.requires_grad_(False)
    layer.bias.requires_grad_(False)
    return kept, np.vstack([others, coefficients])


def accuracies(model: Any, kept: Any, packed: Any, test: Any, y: Any, train_x: Any) -> dict[str, list[float]]:
    """Accuracy after pruning so many neurons, by the combinations as they are and by linear lumping."""
    import torch

    others, coefficients = packed[0].astype(int), packed[1:]
    with torch.no_grad():
        hidden = model[:11](test).numpy().astype(float)
        seen = model[:11](train_x[:500]).numpy().astype(float)
        out = model[11].weight.numpy().astype(float).T
        bias = model[11].bias.numpy().astype(float)
    found: dict[str, list[float]] = {"update": [], "lumping": []}
    for count in PRUNED:
        weights = out.copy()
        for j in range(count):
            weights[kept] += np.outer(coefficients[:, j], out[others[j]])
            weights[others[j]] = 0.0
        found["update"].append(100 * float(((hidden @ weights + bias).argmax(axis=1) == y).mean()))
        moments = Moments.of(seen, seen, np.full(len(seen), 1 / len(seen)))
        stay = select(Moments(moments.gram, moments.cross @ out), WIDTH - count)
        combination = fit(moments, stay)
        design = np.concatenate([np.ones((len(hidden), 1)), hidden[:, stay]], axis=1)
        lumped = design @ (combination @ out) + bias if count else hidden @ out + bias
        found["lumping"].append(100 * float((lumped.argmax(axis=1) == y).mean()))
    return found


def data(folder: Path | None) -> tuple[Any, ...]:
    """Training and test images as tensors (n, 1, side, side), labels, and a name."""
    import torch

    if folder is None:
        train_part, test_part = embedded_digits(test=False), embedded_digits()
        name = "the embedded digits, 8 x 8"
    else:
        parts = [
            read_samples(*(next(folder.glob(f"{stem}*{kind}*")) for kind in ("images", "labels")))
            for stem in ("train", "t10k")
        ]
        train_part, test_part, name = *parts, "MNIST"
    side = round(train_part.x.shape[1] ** 0.5)
    images = [torch.tensor(p.x, dtype=torch.float32).reshape(-1, 1, side, side) for p in (train_part, test_part)]
    labels = torch.tensor(np.asarray(train_part.y), dtype=torch.long)
    return images[0], labels, images[1], np.asarray(test_part.y), side, name


def draw(folder: Path | None = None, full: bool = False) -> tuple[Any, list[dict[str, Any]]]:
    """Three panels, one for each arm; means and standard deviations over the seeds."""
    import torch

    seeds, more = FULL if full else SMALL
    torch.set_num_threads(1)  # layers are small: threads would wait for each other
    x, y, test, wanted, side, name = data(folder)
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        base = network(side)
        train(base, x, y, EPOCHS, seed)
        for arm in ARMS:
            for terms in TERMS:
                model = network(side)
                model.load_state_dict(base.state_dict())
                kept, packed = overwrite(model, arm, terms, np.random.default_rng(100 * seed + terms))
                train(model, x, y, more, seed)
                for method, scores in accuracies(model, kept, packed, test, wanted, x).items():
                    rows += [
                        {
                            "seed": seed,
                            "arm": arm,
                            "terms": terms,
                            "method": method,
                            "pruned": p,
                            "accuracy": round(a, 3),
                        }
                        for p, a in zip(PRUNED, scores, strict=True)
                    ]
        print(f"seed {seed + 1} of {seeds}", file=sys.stderr, flush=True)
    return _figure(rows, name), rows


def _figure(rows: list[dict[str, Any]], name: str) -> Any:
    figure, axes = new_figure(1, 3, (9.6, 3.8))
    for side, arm in zip(axes, ARMS, strict=True):
        for k, terms in enumerate(TERMS):
            for method, line in (("update", "-"), ("lumping", ":")):
                table = np.array(
                    [
                        [r["accuracy"] for r in rows if (r["seed"], r["arm"], r["terms"], r["method"]) == key]
                        for key in sorted({(r["seed"], arm, terms, method) for r in rows})
                    ]
                )
                label = f"{terms} terms, {'outgoing weights updated' if method == 'update' else 'linear lumping'}"
                mean, spread = table.mean(axis=0), table.std(axis=0)
                side.plot(PRUNED, mean, line, color=PALETTE[k], label=label, linewidth=1.2)
                if method == "update":
                    side.fill_between(PRUNED, mean - spread, mean + spread, color=PALETTE[k], alpha=0.15, linewidth=0)
        side.set_title(arm, loc="left", fontsize=9)
        side.set_xlabel(f"neurons pruned of {WIDTH}")
        side.set_ylim(0, 101)
    axes[0].set_ylabel(f"accuracy (%) on {name}")
    legend(figure, loc="outside lower center", ncols=3, handles=axes[0].get_lines())
    return figure


def main() -> None:
    """The command line: also --mnist and --full."""
    from common import save

    parser = argparse.ArgumentParser(description="Draw training.pdf, .png and .csv (needs torch).")
    parser.add_argument("--out", type=Path, default=Path("figures"))
    parser.add_argument("--mnist", type=Path, help="folder with the four IDX files of MNIST")
    parser.add_argument(
        "--full", action="store_true", help=f"{FULL[0]} seeds instead of {SMALL[0]}, and longer training"
    )
    options = parser.parse_args()
    figure, rows = draw(options.mnist, options.full)
    for path in save(figure, rows, "training", options.out, CAPTION):
        print(path)


if __name__ == "__main__":
    main()
