"""A cluster lumps chains in shards as one machine does, bit for bit, with workers lost on the way or not at all.

Scheduler and workers are processes of their own on this machine; Dask starts them.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle
import dask
import numpy as np
import pytest
from distributed import Client, LocalCluster, WorkerPlugin

import lumpform as lf
from lumpform.chains.families import sized
from lumpform.chains.families.huge import components, scattered
from lumpform.cli import main
from lumpform.errors import ClusterError
from lumpform.shards import cluster, tasks
from lumpform.shards.gathered import Gathered, Plan, write_whole
from lumpform.shards.lump import lump_shards
from lumpform.shards.read import open_shards
from lumpform.shards.write import write_shards

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a file of tests

CHAIN = components(9)
SETTINGS = {"distributed.nanny.environ": {"OMP_NUM_THREADS": "1"}, "distributed.comm.retry.count": 0}


@contextmanager
def workers(number: int, memory: str = "2GiB", settings: Any = None) -> Iterator[Client]:
    """So many worker processes, each with a nanny that starts another one if it dies."""
    with (
        dask.config.set(SETTINGS | (settings or {})),
        LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=memory,
            silence_logs=100,
        ) as here,
        Client(here, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with workers(2) as client:
        yield client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_shards(CHAIN, tmp_path / "m.lfs", rows=100)
    return tmp_path / "m.lfs"


def compare(result: Any, chain: lf.MarkovChain, **options: Any) -> None:
    expected = lf.lump(chain, **options)
    assert result.partition == expected.partition
    assert result.partition.class_of.tobytes() == expected.partition.class_of.tobytes()
    assert result.quotient == expected.quotient
    assert result.dropped == expected.dropped


def no_checkpoints(path: Path) -> None:
    assert [p.name for p in path.parent.iterdir() if p.name != path.name] == []


@pytest.mark.medium
@pytest.mark.parametrize("semantics", ["generator", "rates"])
@pytest.mark.parametrize("respect", [("labels", "rewards"), (), ("initial", "labels")])
def test_a_cluster_lumps_as_one_machine_does(
    semantics: Any, respect: tuple[str, ...], client: Client, path: Path
) -> None:
    result = lf.lump(open_shards(path), client=client, semantics=semantics, respect=respect)
    compare(result, CHAIN.whole(), semantics=semantics, respect=respect)
    no_checkpoints(path)


@pytest.mark.medium
@pytest.mark.parametrize("rows", [1, 37, 10_000])
@pytest.mark.parametrize("name", ["herman", "polling", "random_lumpable"])
def test_families_and_shards_of_any_size(name: str, rows: int, client: Client, tmp_path: Path) -> None:
    chain = sized(name, 60 if rows == 1 else 800)
    write_shards(chain, tmp_path / "m.lfs", rows=rows)
    compare(lump_shards(tmp_path / "m.lfs", client=client, memory=0), chain)


@pytest.mark.medium
def test_columns_all_over_the_place_and_an_empty_chain(client: Client, tmp_path: Path) -> None:
    write_shards(scattered(9), tmp_path / "m.lfs", rows=50)
    compare(lump_shards(tmp_path / "m.lfs", client=client), scattered(9).whole())
    lf.write(lf.MarkovChain([]), tmp_path / "n.lfs")
    compare(lump_shards(tmp_path / "n.lfs", client=client), lf.MarkovChain([]))


@pytest.mark.medium
def test_weights_that_look_alike_modulo_the_prime_are_told_apart(client: Client, tmp_path: Path) -> None:
    prime = (1 << 61) - 1
    chain = lf.MarkovChain([[0, 0, 1], [0, 0, prime + 1], [0, 0, 0]], kind="ctmc", labels={"end": [2]})
    write_shards(chain, tmp_path / "m.lfs", rows=2)
    compare(lump_shards(tmp_path / "m.lfs", client=client), chain)


@pytest.mark.medium
def test_many_rewards_are_respected_in_parts(client: Client, tmp_path: Path) -> None:
    """Seventy labels and a reward do not fit into one number of 62 bits."""
    labels = {f"l{i}": [i % 5, (i * i) % 7] for i in range(70)}
    chain = lf.MarkovChain([[1 if i == j else 0 for j in range(8)] for i in range(8)], labels=labels)
    write_shards(chain, tmp_path / "m.lfs", rows=3)
    compare(lump_shards(tmp_path / "m.lfs", client=client), chain)


def interrupted(wanted: str) -> Callable[[str, int, int], None]:
    def tell(phase: str, done: int, total: int) -> None:
        if phase == wanted and done == total:
            raise KeyboardInterrupt

    return tell


@pytest.mark.medium
@pytest.mark.parametrize("first", ["cluster", "here"])
def test_a_run_goes_on_elsewhere(first: str, client: Client, path: Path) -> None:
    there = {"client": client}
    with pytest.raises(KeyboardInterrupt):
        lump_shards(path, progress=interrupted("round 3"), **(there if first == "cluster" else {}))
    result = lump_shards(path, **(there if first != "cluster" else {}))
    assert result.resumed is not None
    assert result.resumed >= 2
    compare(result, CHAIN.whole())
    no_checkpoints(path)


def pids(client: Client) -> list[int]:
    return list(client.run(os.getpid).values())


SLOW = [pytest.param(phase, marks=pytest.mark.slow) for phase in ("check", "start", "certify")]


@pytest.mark.parametrize("phase", [pytest.param("round 3", marks=pytest.mark.medium), *SLOW])
def test_a_worker_killed_in_the_middle(phase: str, path: Path) -> None:
    killed = []

    def tell(now: str, done: int, total: int) -> None:
        if now == phase and not killed:
            killed.append(pids(client)[0])
            os.kill(killed[0], signal.SIGKILL)

    with workers(2) as client:
        compare(lump_shards(path, client=client, progress=tell), CHAIN.whole())
        assert killed
        no_checkpoints(path)


class Greedy(WorkerPlugin):
    """Makes tasks take more memory than their worker may have: until a file is there, which the first one makes."""

    name = "greedy"

    def __init__(self, once: Path | None) -> None:
        self.once = once

    def setup(self, worker: Any) -> None:
        plain, once = tasks.distinct, self.once

        def distinct(*arguments: Any) -> Any:
            if once is None or not once.exists():
                if once is not None:
                    once.touch()
                taken = [bytes([1]) * (16 << 20) for _ in range(64)]
                time.sleep(30)  # the nanny looks ten times a second
                del taken
            return plain(*arguments)

        setattr(tasks, "distinct", distinct)  # noqa: B010 - in the process of the worker


@pytest.mark.slow
@pytest.mark.parametrize("once", [True, False])
def test_a_worker_out_of_memory(once: bool, path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    flag = tmp_path_factory.mktemp("flag") / "taken"
    with workers(2, "900MiB", {"distributed.scheduler.allowed-failures": 1}) as client:
        client.register_plugin(Greedy(flag if once else None))
        if once:
            compare(lump_shards(path, client=client), CHAIN.whole())
            assert flag.exists()
            return
        message = r"workers died over the same task \(print_shard\) 2 times, expected more memory for each, or smaller"
        with pytest.raises(ClusterError, match=message) as caught:
            lump_shards(path, client=client)
        assert "\n" not in str(caught.value)


@pytest.mark.medium
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"00003\.shard: found no such file"),
        (lambda data: data[:-8], r"00003\.shard: found \d+ bytes, expected \d+, as the header says"),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], r"00003\.shard: found the SHA-256 digest"),
    ],
)
def test_a_missing_or_damaged_shard(content: Any, message: str, client: Client, path: Path) -> None:
    shard = path / "00003.shard"
    data = shard.read_bytes()
    shard.unlink()
    if content is not None:
        shard.write_bytes(content(data))
    with pytest.raises(lf.FormatError, match=message) as caught:
        lump_shards(path, client=client)
    assert "\n" not in str(caught.value)


@pytest.mark.medium
def test_a_shard_that_vanishes_in_the_middle(client: Client, path: Path) -> None:
    def tell(phase: str, done: int, total: int) -> None:
        if phase == "round 2":
            (path / "00003.shard").unlink(missing_ok=True)

    with pytest.raises(lf.FormatError, match=r"00003\.shard: found no such file"):
        lump_shards(path, client=client, progress=tell)


@pytest.mark.medium
def test_the_command(client: Client, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small, address = path.with_name("s.drn"), client.scheduler.address
    assert main(["reduce", str(path), "-o", str(small), "--cluster", address, "--json"]) == 0
    assert capsys.readouterr().err == ""
    assert lf.read(small) == lf.lump(CHAIN.whole()).quotient
    assert sorted(p.name for p in path.parent.iterdir()) == ["m.lfs", "s.drn"]


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.medium
def test_nobody_answers(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cluster, "TIMEOUT", 1)
    with socket.socket() as listening:  # takes connections, and says nothing
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        assert main(["reduce", str(path), "--cluster", address]) == 2
        assert one_line(capsys) == (
            f"lumpform: error: cluster {address}: nobody answers, expected a Dask scheduler such as tcp://host:8786\n"
        )
    for address in ("tcp://127.0.0.1:1", "nonsense://x", "tcp://", ""):
        assert main(["reduce", str(path), "--cluster", address]) == 2
        assert "expected a Dask scheduler such as tcp://host:8786" in one_line(capsys)


def test_without_the_extra(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["reduce", str(path), "--cluster", "tcp://127.0.0.1:8786"]) == 2
    assert one_line(capsys).endswith(
        "lumping on a cluster needs an optional package: pip install 'lumpform[cluster]'\n"
    )


@pytest.mark.medium
def test_options_that_do_not_fit(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reduce", str(path), "--cluster", "tcp://x:1", "--kind", "exact"]) == 2
    assert "--cluster is for ordinary lumping of a folder of shards" in one_line(capsys)
    with pytest.raises(lf.OptionError, match="a client is for chains in shards, expected none"):
        lf.lump(CHAIN.whole(), client=1)  # type: ignore[call-overload]
    with pytest.raises(lf.OptionError, match="kind is 'exact', expected 'ordinary' for a chain in shards"):
        lf.lump(open_shards(path), "exact")
    with pytest.raises(lf.OptionError, match="a view, an initial partition or an engine"):
        lf.lump(open_shards(path), engine="oracle")
    compare(lf.lump(open_shards(path)), CHAIN.whole())


def plan(path: Path, part: Path) -> Plan:
    shards = open_shards(path)
    return Plan(str(path), shards.fingerprint, str(part), 1 << 30, False, ("labels", "rewards"), pack=0)


def test_a_task_that_runs_twice_changes_nothing(path: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.mkdir()
    step = plan(path, part)
    assert tasks.print_shard(1, step) == tasks.print_shard(1, step)
    before = {p.name: p.read_bytes() for p in part.iterdir()}
    tasks.print_shard(1, step)
    assert {p.name: p.read_bytes() for p in part.iterdir()} == before
    assert list(before) == ["00001.run"]


def test_a_task_that_comes_late_finds_no_folder(path: Path, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match=r"part/00001\.run: found no such file or folder"):
        tasks.print_shard(1, plan(path, tmp_path / "part"))


def test_other_shards_on_a_worker(path: Path, tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match="found another header on a worker, expected one file system"):
        Plan(str(path), "0" * 64, str(tmp_path), 0, False).open()


def test_only_what_columns_touch_is_read(tmp_path: Path) -> None:
    """In a ring a shard touches itself and its neighbours."""
    ring = lf.MarkovChain(np.roll(np.eye(64, dtype=int), 1, axis=1))
    write_shards(ring, tmp_path / "m.lfs", rows=8)
    shards, part = open_shards(tmp_path / "m.lfs"), tmp_path / "part"
    part.mkdir()
    write_whole(part / "checks", (np.full(8, zlib.crc32(bytes(8)), dtype=np.uint32),))
    for index in range(8):
        write_whole(part / f"{index:05d}.colours", (np.zeros(8, dtype=np.uint8),))
    colours = Gathered(Plan(str(tmp_path / "m.lfs"), shards.fingerprint, str(part), 1 << 30, False, colours=str(part)))
    assert colours.of(shards.rows(2))[16:25].tolist() == [0] * 9
    assert np.flatnonzero(colours.known).tolist() == [2, 3]
    (part / "00005.colours").write_bytes(bytes([1]) * 8)
    with pytest.raises(lf.FormatError, match=r"00005\.colours: found 8 bytes, damaged"):
        colours.of(shards.rows(5))
