"""Doing windows on a dask.distributed cluster, through joblib's backend for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

import joblib
from distributed import Client, KilledWorker
from distributed.comm import CommClosedError, connect
from distributed.security import Security
from joblib._dask import DaskDistributedBackend

from . import provenance
from .errors import LandloomError, ParameterError

ANSWER_S = 5.0
CHECK_INTERVAL_S = 0.5
# A worker that its nanny starts again needs some seconds.
WITHOUT_WORKERS_S = 30.0


@contextmanager
def cluster(scheduler: str, check: Callable[[], None]) -> Iterator[None]:
    """Let joblib work on the cluster of a scheduler.

    Args:
        scheduler: its address, such as tcp://host:8786.
        check: called now and then; what it raises ends the work.

    Raises ParameterError where nobody answers, LandloomError where there are no workers (any more), where they
    have another version of Landloom, or where they do not survive the work.
    """
    try:
        asyncio.run(asyncio.wait_for(_knock(scheduler), ANSWER_S))
    except (OSError, ValueError) as error:  # a timeout is an OSError
        reason = str(error) or f"nothing came within {ANSWER_S:g} s"
        raise ParameterError(
            f"The Dask scheduler {scheduler} does not answer: {reason}. Check that it runs and that the address has the"
            " form tcp://host:8786."
        ) from None
    with Client(scheduler, set_as_default=False) as client:
        _refuse_other_versions(client, scheduler)
        try:
            with joblib.parallel_config(_Backend(client, check), n_jobs=-1):
                yield
        except KilledWorker as error:
            raise LandloomError(
                f"Several workers of {scheduler} came to an end over the same work, the last one at"
                f" {error.last_worker.address}. Most likely they ran out of memory: lower the memory budget, or give"
                " them more."
            ) from error
        except TimeoutError:
            raise _no_workers(scheduler) from None
        except (CommClosedError, CancelledError) as error:
            raise LandloomError(
                f"The connection to the Dask scheduler {scheduler} was lost. Start it again and repeat the run; it goes"
                " on where it was."
            ) from error


async def _knock(scheduler: str) -> None:
    """Connect and hang up. A Client that fails would wait for ever where the other side says nothing."""
    comm = await connect(scheduler, timeout=ANSWER_S, **Security().get_connection_args("client"))
    comm.abort()


def _refuse_other_versions(client: Client, scheduler: str) -> None:
    ours = provenance.version()
    answers = client.run(provenance.version, on_error="return")
    if not answers:
        raise _no_workers(scheduler)
    for worker, answer in answers.items():
        if answer != ours:
            found = f"cannot run Landloom ({answer})" if isinstance(answer, Exception) else f"runs Landloom {answer}"
            raise LandloomError(
                f"The Dask worker {worker} {found}. Install Landloom {ours} for it, as on this computer."
            )


def _no_workers(scheduler: str) -> LandloomError:
    return LandloomError(
        f"The Dask scheduler {scheduler} has no workers. Start some (dask worker {scheduler}) and repeat the run; where"
        " it has begun, it goes on from there."
    )


class _Backend(DaskDistributedBackend):
    """joblib's backend waits for ever for work that the cluster has given up; this one fails.

    It also fails when there are no workers for a while, and with whatever `check` raises.
    """

    def __init__(self, client: Client, check: Callable[[], None]):
        super().__init__(client=client, wait_for_workers_timeout=WITHOUT_WORKERS_S)
        self._check, self._over = check, threading.Event()
        self._told: dict[Any, Callable[[Any], None]] = {}

    def submit(self, func: Any, callback: Any = None) -> Any:
        """See joblib; `callback` is also told of a failure."""
        future = super().submit(func, callback)
        self._told[future] = callback
        future.add_done_callback(self._done)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """See joblib; a failure comes as the exception itself."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)

    def start_call(self) -> None:
        """See joblib."""
        super().start_call()
        self._over = threading.Event()
        threading.Thread(target=self._watch, args=(self._over,), daemon=True).start()

    def stop_call(self) -> None:
        """See joblib."""
        self._over.set()
        super().stop_call()

    def _done(self, future: Any) -> None:
        callback = self._told.pop(future)
        if future.exception():
            callback(future.exception())

    def _watch(self, over: threading.Event) -> None:
        seen = time.monotonic()
        while not over.wait(CHECK_INTERVAL_S):
            try:
                self._check()
                if self.client.ncores():
                    seen = time.monotonic()
                elif time.monotonic() - seen > WITHOUT_WORKERS_S:
                    raise TimeoutError
            except Exception as error:
                for callback in list(self._told.values()):
                    callback(error)
                return
