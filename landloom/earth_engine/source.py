"""Patches from Earth Engine: the exact windows of the grid, many requests at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import ee
import numpy as np
import pandas as pd
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from ..errors import InputError
from ..job import Job
from ..patches.dataset import Dataset
from ..patches.sources import Outcome
from ..patches.store import WorkingStore
from ..stages._earth_engine import MOST_BYTES, MOST_PIXELS_AN_EDGE, check_access
from . import client, composite, threads
from .client import Access

# Earth Engine admits 40 interactive requests of a project at the same time, shared by all who use it:
# https://developers.google.com/earth-engine/guides/usage
JOBS = 10

# So many refusals with the same reason, and no answer yet: it is not about single patches.
HOPELESS = 10


@dataclass(frozen=True)
class Request:
    """Patches that are asked for together: their rows in the manifest, and the window of the grid around them."""

    rows: np.ndarray
    tops: np.ndarray
    lefts: np.ndarray
    size: int

    @property
    def window(self) -> Window:
        """The window; the patches lie in it."""
        top, left = int(self.tops.min()), int(self.lefts.min())
        height, width = int(self.tops.max()) + self.size - top, int(self.lefts.max()) + self.size - left
        return Window(left, top, width, height)

    def singly(self) -> list[Request]:
        """A request for each patch."""
        parts = (slice(i, i + 1) for i in range(len(self.rows)))
        return [replace(self, rows=self.rows[p], tops=self.tops[p], lefts=self.lefts[p]) for p in parts]

    def cut(self, pixels: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """The rows with their patches, from the window's pixels."""
        top, left = int(self.tops.min()), int(self.lefts.min())
        for row, y, x in zip(self.rows, self.tops - top, self.lefts - left, strict=True):
            yield int(row), pixels[y : y + self.size, x : x + self.size]


def requests_for(manifest: pd.DataFrame, todo: np.ndarray, size: int, bands: int) -> list[Request]:
    """Group patches: those of one polygon overlap, so one window around them costs less than each alone.

    Patches that lie so far apart that their window is larger than all of them, or more than one answer may hold, are
    asked for one by one.
    """
    todo = np.asarray(todo, dtype=np.int64)
    part = manifest.iloc[todo]
    polygon, tops, lefts = (part[name].to_numpy() for name in ("polygon_id", "row", "col"))
    order = np.argsort(polygon, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(polygon[order])) + 1) if len(order) else []
    found: list[Request] = []
    for group in groups:
        together = Request(todo[group], tops[group], lefts[group], size)
        w = together.window
        worth_it = w.height * w.width <= len(group) * size**2
        possible = max(w.height, w.width) <= MOST_PIXELS_AN_EDGE and 4 * bands * w.height * w.width <= MOST_BYTES
        found += [together] if worth_it and possible else together.singly()
    return found


@dataclass(frozen=True)
class _Answer:
    """What became of a request: the pixels of its window, or why there are none."""

    request: Request
    seconds: float
    attempts: int
    pixels: np.ndarray | None = None
    error: BaseException | None = None


class EarthEngineSource:
    """A landloom.patches.sources.Source.

    Args:
        dataset: with a source of the kind `earth_engine`.
        access: who asks.
        attempts: how often each request is tried.
        base_delay: seconds; see threads.persistently.
    """

    def __init__(
        self, dataset: Dataset, access: Access, attempts: int = 5, base_delay: float = threads.BASE_DELAY_S
    ) -> None:
        self._config = dataset.config["source"]
        self._grid = dataset.grid
        self._size = dataset.size
        self._bands = [band.name for band in dataset.bands]
        self._access = access
        self._attempts = attempts
        self._base_delay = base_delay
        code = self._grid.crs.to_epsg() if self._grid.crs else None
        self._crs = {"crsCode": f"EPSG:{code}"} if code else {"crsWkt": self._grid.crs.to_wkt()}  # type: ignore[union-attr]

    def fetch(
        self, manifest: pd.DataFrame, todo: np.ndarray, into: WorkingStore, jobs: int | None, job: Job
    ) -> Iterator[Outcome]:
        """Fill patches with pixels; as Source.fetch says.

        Patches of one polygon share a request: `seconds` is a patch's share of the time from its first attempt to the
        answer, waits included, and `attempts` counts those of the request. Raises InputError where nobody can sign
        in, and where all is refused for one reason.
        """
        requests = requests_for(manifest, todo, self._size, len(self._bands))
        if not requests:
            return
        number = min(jobs or JOBS, len(requests))
        access, stop = replace(self._access, connections=number), threading.Event()
        refusals = _Refusals(len(requests))
        try:
            self._sign_in(access, stop, job)
            for answers in threads.in_threads(lambda request: self._answers(request, stop), requests, number, job):
                for answer in answers:
                    refusals.note(answer.error)
                    yield from _outcomes(answer, into)
        finally:
            stop.set()

    def _sign_in(self, access: Access, stop: threading.Event, job: Job) -> None:
        def sign_in(_: Any) -> None:
            threads.persistently(lambda: client.sign_in(access), self._attempts, self._base_delay, stop)

        try:
            list(threads.in_threads(sign_in, [None], 1, job))
        except threads.GaveUp as error:
            raise InputError(
                f"Signing in to Earth Engine ({client.host(access)}) failed: {client.in_words(error.error)}."
                f" {_remedy(error.error)}"
            ) from None

    def _answers(self, request: Request, stop: threading.Event) -> list[_Answer]:
        answer = self._answer(request, stop)
        number = len(request.rows)
        if answer.error is None or number == 1 or client.status(answer.error) != 400:
            return [answer]
        # The window together may be what is too much for Earth Engine, which it says as 400 as well.
        singly = [self._answer(single, stop) for single in request.singly()]
        return [replace(a, seconds=a.seconds + answer.seconds / number, attempts=a.attempts + 1) for a in singly]

    def _answer(self, request: Request, stop: threading.Event) -> _Answer:
        began = time.monotonic()
        try:
            pixels, attempts = threads.persistently(
                lambda: self._pixels(request.window), self._attempts, self._base_delay, stop
            )
        except threads.GaveUp as error:
            return _Answer(request, time.monotonic() - began, error.attempts, error=error.error)
        return _Answer(request, time.monotonic() - began, attempts, pixels)

    def _pixels(self, window: Window) -> np.ndarray:
        """The pixels of a window, (height, width, bands) float32; one request. Raises what client.ERRORS lists."""
        west, south, east, north = transform_bounds(self._grid.crs, "EPSG:4326", *self._grid.bounds(window))
        # Across the date line.
        region = (west, south, east + 360 if east < west else east, north)
        t = self._grid.window_transform(window)
        reply = ee.data.computePixels(
            {
                "expression": composite.image(self._config, self._bands, region),
                "fileFormat": "NUMPY_NDARRAY",
                "grid": {
                    "dimensions": {"width": window.width, "height": window.height},
                    "affineTransform": {
                        "scaleX": t.a, "shearX": t.b, "translateX": t.c,
                        "shearY": t.d, "scaleY": t.e, "translateY": t.f,
                    },
                    **self._crs,
                },
            }
        )  # fmt: skip
        if reply.shape != (window.height, window.width) or list(reply.dtype.names or ()) != self._bands:
            raise ValueError(f"{reply.shape} {reply.dtype}")
        pixels = np.stack([reply[band].astype(np.float32) for band in self._bands], axis=-1)
        pixels[pixels == np.float32(composite.NO_DATA)] = np.nan
        return pixels


def open_source(dataset: Dataset, stage: Any) -> EarthEngineSource:
    """The source of a data set whose `source` has the kind `earth_engine`.

    `stage` has `ee_project`, `ee_key`, `ee_url` and `attempts`. Raises ParameterError for an address of strangers.
    """
    check_access(stage)
    return EarthEngineSource(dataset, Access(stage.ee_project, stage.ee_key, stage.ee_url), stage.attempts)


class _Refusals:
    """Ends a run in which Earth Engine refuses everything for one reason that asking again does not mend."""

    def __init__(self, requests: int):
        self._worth_it = requests > 2 * HOPELESS
        self._reasons: list[str] = []
        self._answered = False

    def note(self, error: BaseException | None) -> None:
        """Count an answer; raises InputError where going on is hopeless."""
        self._answered |= error is None or not client.is_final(error)
        if self._answered or error is None:
            return
        self._reasons.append(client.in_words(error))
        if self._worth_it and len(self._reasons) >= HOPELESS and len(set(self._reasons)) == 1:
            raise InputError(
                f"Earth Engine refused the first {len(self._reasons)} requests, all for one reason; no more are tried."
                f" {self._reasons[0]}. {_remedy(error)}"
            )


def _outcomes(answer: _Answer, into: WorkingStore) -> Iterator[Outcome]:
    seconds = answer.seconds / len(answer.request.rows)
    if answer.pixels is None:
        assert answer.error is not None
        for row in answer.request.rows:
            yield Outcome(int(row), seconds, answer.attempts, f"{client.in_words(answer.error)}.")
        return
    for row, patch in answer.request.cut(answer.pixels):
        into.put(row, patch)
        yield Outcome(row, seconds, answer.attempts)


def _remedy(error: BaseException) -> str:
    if isinstance(error, client.RefreshError) and client.is_final(error):
        return "Choose another key file for EE_KEY, or run 'earthengine authenticate' again."
    if not client.is_final(error):
        return "Check the network, or try again later; what is there is kept."
    if client.status(error) in (401, 403):
        return "Check EE_PROJECT: the account must be allowed to use it, and it must be registered for Earth Engine."
    return "Check COLLECTION, BANDS and the dates in Plan patches."
