"""Predicted quality as a table: what to review first."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import models
from ..errors import InputError
from ..image_features.feature_store import Store
from ..job import Job
from ..records.metrics import ERRORS
from ..records.table import Records
from . import judging, matching
from .model import QualityModel, inputs_of

PREDICT_AT_ONCE = 16384
RANK = "review_rank"


def predict(model: QualityModel, card: models.Card, records: Records, store: Store | None, job: Job) -> pd.DataFrame:
    """A row a record: record_id, image and group; for each metric, in its own unit, `predicted_…`, its 90 % interval
    `low_…`, `high_…`, and `deviation_…`; and `review_rank`, 1 for the lowest quality by the first metric. Empty without
    features.

    Raises ModelError where records or features are not of the kind that the model has learnt from.
    """
    matching.refuse_others(card.network, store)
    table, components = records.table, model.preparation.components
    rows = np.zeros(len(table), np.int64)
    if components and store is not None:
        rows = store.find(table["record_id"].to_numpy())
        if (rows < 0).all():
            raise InputError(
                f"{store.path} has features of none of the {len(rows):,} records of {records.path}, such as"
                f" '{table['record_id'].iat[0]}'. Run Extract features with the same table of records."
            )
        if (rows < 0).any():
            job.warning(f"Records without features, which get no prediction: {(rows < 0).sum():,} of {len(rows):,}.")
    model.preparation.refuse_lacking(table)
    for name, words in model.preparation.strange_words(table).items():
        job.warning(
            f"Values of {name} that the model has not learnt from, such as '{words[0]}': predictions for them come from"
            " the other parameters."
        )
    lost = model.preparation.lost_numbers(table)
    if lost:
        named = "; ".join(f"{name} ({number:,})" for name, number in lost.items())
        job.warning(f"Parameters without a number that the model needs, taken as the mean of its training: {named}.")
    at = np.flatnonzero(rows >= 0)
    names = [f"{what}_{metric}" for metric in model.metrics for what in ("predicted", "low", "high", "deviation")]
    found = pd.DataFrame(np.nan, index=range(len(table)), columns=names)
    for start in range(0, len(at), PREDICT_AT_ONCE):
        job.progress(start / len(at))
        part = at[start : start + PREDICT_AT_ONCE]
        shown = matching.reduced(store, rows[part], components) if components and store is not None else None
        answer = model.predict(inputs_of(model.preparation, table.iloc[part], shown))
        for place, metric in enumerate(model.metrics):
            for what, values in zip(
                ("predicted", "low", "high", "deviation"),
                (answer.value, answer.low, answer.high, answer.deviation),
                strict=True,
            ):
                found.loc[part, f"{what}_{metric}"] = values[:, place]
    first = model.metrics[0]
    rank = judging.worst_first(first, found[f"predicted_{first}"].to_numpy())
    found.insert(0, RANK, pd.array(np.where(rank > 0, rank, pd.NA), "Int64"))
    kept = table[["record_id", "image", "type", "method", "time", "group"]].reset_index(drop=True)
    return pd.concat([kept, found], axis=1)


def below(metric: str, predicted: np.ndarray, threshold: float) -> int:
    """How many predictions are worse than a threshold."""
    return int(np.count_nonzero(predicted > threshold if metric in ERRORS else predicted < threshold))


def footprints(records: Records, predicted: pd.DataFrame) -> gpd.GeoDataFrame | None:
    """The records that have a place, with what was predicted; None where none has one."""
    frame = records.footprints()
    if frame is None:
        return None
    own = predicted.loc[frame.index]
    return gpd.GeoDataFrame(own, geometry=frame.geometry, crs=frame.crs).sort_values(RANK)
