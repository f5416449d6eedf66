"""Hands the tasks of a lumping to a cluster: Dask schedules them, repeats them, and replaces workers that are lost.

All workers see the folder of shards and that of checkpoints under the same names: a shared file system. Through the
scheduler go only plans, numbers of shards and small summaries.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lumpform.errors import ClusterError, LumpFormError, MissingExtra
from lumpform.shards.gathered import Plan
from lumpform.shards.read import Shards
from lumpform.shards.tasks import check_shard
from lumpform.shards.write import Progress

TIMEOUT = 10
"""Seconds within which a scheduler must answer."""

RETRIES = 2
"""How often a task that failed is repeated: a shared file system may show a new file late."""


def dask_package() -> Any:
    """Return Dask's `distributed`, which is an optional dependency."""
    try:
        import distributed  # type: ignore[import-not-found]
    except ImportError:
        raise MissingExtra("lumping on a cluster", "cluster") from None
    return distributed


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield a client of the Dask scheduler at an address such as ``tcp://host:8786``.

    Raises
    ------
    MissingExtra
        If Dask is not installed.
    ClusterError
        If nobody answers there.
    """
    distributed = dask_package()
    try:
        asyncio.run(asyncio.wait_for(_ask(distributed, address), TIMEOUT))
        client = distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except Exception as error:  # what is at an address can answer anything
        said = "nobody answers" if isinstance(error, OSError) else _one_line(error)
        raise ClusterError(f"cluster {address}: {said}, expected a Dask scheduler such as tcp://host:8786") from None
    try:
        yield client
    finally:
        client.close()


async def _ask(distributed: Any, address: str) -> None:
    """Ask for the identity of who is at an address: a client would try again and again, whoever it is."""
    if not address:
        raise ValueError("no address")
    async with distributed.rpc(address) as there:
        if (await there.identity()).get("type") != "Scheduler":
            raise ValueError("no scheduler")


def over_cluster(
    client: Any, task: Callable[..., Any], plan: Plan, number: int, done: Callable[[], None] = lambda: None
) -> list[Any]:
    """Return the results of a task for 0, 1, ... `number` - 1, in order; `done` is called after each.

    Raises
    ------
    ClusterError
        If Dask gives up: workers died over a task, the scheduler is gone, or the workers lack the package.
    LumpFormError
        Whatever a task raises.
    """
    distributed = dask_package()
    futures = client.map(task, range(number), plan=plan, pure=False, retries=RETRIES)
    places, results = {future.key: i for i, future in enumerate(futures)}, [None] * number
    try:
        for future, result in distributed.as_completed(futures, loop=client.loop, with_results=True):
            results[places[future.key]] = result
            done()
    except LumpFormError:
        _cancel(client, futures)
        raise
    except distributed.KilledWorker as error:
        _cancel(client, futures)
        allowed = f"workers died over the same task ({task.__name__}) {error.allowed_failures + 1} times"
        raise ClusterError(f"{allowed}, expected more memory for each, or smaller shards") from None
    except (OSError, ImportError, MemoryError, distributed.client.FuturesCancelledError) as error:
        _cancel(client, futures)
        raise ClusterError(f"the cluster gave up: {_one_line(error)}, expected one that works") from None
    except BaseException:
        _cancel(client, futures)
        raise
    return results


def check_on_cluster(shards: Shards, progress: Progress, client: Any) -> None:
    """Check all shards, each in a task of its own: `lumpform.shards.lump.check_shards`."""
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress("check", done, shards.number)

    counts = over_cluster(client, check_shard, plan_for(shards), shards.number, tell)
    shards.check_initial([c for c in counts if c is not None])


def plan_for(shards: Shards, part: str = "", memory: int = 0, others_only: bool = False) -> Plan:
    """Return a plan for shards, by their full name."""
    return Plan(os.path.abspath(shards.folder), shards.fingerprint, part, memory, others_only)


def _cancel(client: Any, futures: list[Any]) -> None:
    """Take back what has not been done; the scheduler may be gone."""
    try:
        client.cancel(futures)
    except Exception:  # what is being told already is more to the point
        return


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
