"""From records and features to the numbers that a model learns from; all figures come from the training records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from ..errors import InputError, ModelError
from ..records.table import PARAMETER

# A text that differs from record to record says nothing of the next one.
MOST_WORDS = 30
# What lies further out than so many deviations is taken to lie there: a model knows nothing of what is beyond.
FARTHEST = 5.0
# One component for so many training records, and not more than there are of use.
RECORDS_A_COMPONENT, MOST_COMPONENTS = 20, 32
# The components come from so many records at most, drawn at random: more change little and take much memory.
COMPONENTS_FROM = 8192
# Columns of records, beside the parameters, that can say how good a result will be.
KINDS = ("type", "method")


@dataclass(frozen=True)
class Numbers:
    """How numeric parameters are standardised; those in `gaps` get a column that says where they are missing."""

    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    gaps: tuple[str, ...]

    def apply(self, table: pd.DataFrame) -> np.ndarray:
        """The columns (n, numbers + gaps) float32; what is missing counts as the mean."""
        raw = np.stack([_as_numbers(table[name])[0] for name in self.names], axis=1) if self.names else None
        if raw is None:
            return np.empty((len(table), 0), np.float32)
        scaled = np.clip((raw - self.mean) / self.deviation, -FARTHEST, FARTHEST)
        missing = np.isnan(raw[:, [self.names.index(name) for name in self.gaps]])
        return np.concatenate([np.nan_to_num(scaled), missing], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Words:
    """A text as a column for each word that training has seen."""

    name: str
    words: tuple[str, ...]

    def apply(self, table: pd.DataFrame) -> np.ndarray:
        """The columns (n, words) float32; all 0 for a word that training has not seen."""
        return (_as_words(table[self.name])[:, np.newaxis] == np.array(self.words, object)).astype(np.float32)


@dataclass(frozen=True)
class Components:
    """Features as principal components: `axes` (components, d) divided by their spread, from `mean` (d,)."""

    encoder: str
    mean: np.ndarray
    axes: np.ndarray
    explained: float

    def apply(self, features: np.ndarray) -> np.ndarray:
        """The columns (n, components) float32 of features (n, d)."""
        return np.clip((features - self.mean) @ self.axes.T, -FARTHEST, FARTHEST).astype(np.float32)


@dataclass(frozen=True)
class Preparation:
    """All of it; `left_out` says of the parameters that were not used why."""

    numbers: Numbers
    words: tuple[Words, ...]
    components: Components | None
    left_out: Mapping[str, str]

    @property
    def width(self) -> int:
        """How many columns come out."""
        of_numbers = len(self.numbers.names) + len(self.numbers.gaps)
        return (
            of_numbers + sum(len(w.words) for w in self.words) + (len(self.components.axes) if self.components else 0)
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table of records that are read."""
        return (*self.numbers.names, *(w.name for w in self.words))

    def refuse_lacking(self, table: pd.DataFrame) -> None:
        """Raise ModelError where the table lacks a column that is read."""
        lacking = [name for name in self.columns if name not in table]
        if lacking:
            expected, found = (
                ", ".join(_short(name) for name in names) for names in (self.columns, _candidates(table))
            )
            raise ModelError(
                f"The records lack what the model needs: {', '.join(map(_short, lacking))}.\nThe model expects:"
                f" {expected}.\nThe records have: {found or 'none'}.\nDescribe the images in the same way as those that"
                " the model has learnt from."
            )

    def parameters(self, table: pd.DataFrame) -> np.ndarray:
        """The columns of the parameters (n, …) float32. Raises ModelError where the table lacks some."""
        self.refuse_lacking(table)
        return np.concatenate([self.numbers.apply(table), *(w.apply(table) for w in self.words)], axis=1)

    def lost_numbers(self, table: pd.DataFrame) -> dict[str, int]:
        """By numeric parameter, in how many records it is something else, or empty where training always had it."""
        found = {}
        for name in self.numbers.names:
            known = np.isfinite(_as_numbers(table[name])[0])
            empty = table[name].isna().to_numpy() if name in self.numbers.gaps else np.zeros(len(table), bool)
            found[_short(name)] = int((~known & ~empty).sum())
        return {name: number for name, number in found.items() if number}

    def strange_words(self, table: pd.DataFrame) -> dict[str, list[str]]:
        """By column, the words of a table that training has not seen."""
        found = {w.name: sorted(set(_as_words(table[w.name])) - set(w.words) - {""}) for w in self.words}
        return {_short(name): words for name, words in found.items() if words}

    def describe(self) -> dict[str, Any]:
        """What `from_arrays` needs beside the arrays."""
        return {
            "numbers": list(self.numbers.names),
            "gaps": list(self.numbers.gaps),
            "words": {w.name: list(w.words) for w in self.words},
            "encoder": self.components.encoder if self.components else None,
            "dimension": len(self.components.mean) if self.components else 0,
            "components": len(self.components.axes) if self.components else 0,
            "explained": round(self.components.explained, 4) if self.components else None,
        }

    def as_arrays(self) -> dict[str, np.ndarray]:
        """For the model file."""
        arrays = {"number_mean": self.numbers.mean, "number_deviation": self.numbers.deviation}
        if self.components:
            arrays |= {"feature_mean": self.components.mean, "feature_axes": self.components.axes}
        return arrays


def from_arrays(description: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Preparation:
    """The inverse of `describe` and `as_arrays`. Raises ModelError where they do not fit together."""
    try:
        names, gaps = (tuple(map(str, description[key])) for key in ("numbers", "gaps"))
        numbers = Numbers(names, arrays["number_mean"], arrays["number_deviation"], gaps)
        fits = numbers.mean.shape == numbers.deviation.shape == (len(names),) and set(gaps) <= set(names)
        if not fits or not (numbers.deviation > 0).all():
            raise ValueError("numbers")
        words = tuple(Words(str(name), tuple(map(str, found))) for name, found in description["words"].items())
        components = None
        if description["encoder"] is not None:
            mean, axes = arrays["feature_mean"], arrays["feature_axes"]
            if axes.ndim != 2 or mean.shape != axes.shape[1:] or len(mean) != description["dimension"]:
                raise ValueError("features")
            components = Components(str(description["encoder"]), mean, axes, float(description["explained"]))
        return Preparation(numbers, words, components, {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The model's card and its arrays do not fit together: {error!r}.") from None


def learn_parameters(table: pd.DataFrame) -> tuple[Numbers, tuple[Words, ...], dict[str, str]]:
    """How the parameters of training records are to be brought to numbers, and which of them are of no use and why."""
    names, mean, deviation, gaps, words, left_out = [], [], [], [], [], {}
    for name in _candidates(table):
        values, numeric = _as_numbers(table[name])
        if numeric:
            known = values[np.isfinite(values)]
            spread = float(known.std()) if len(known) else 0.0
            # Rounding makes a spread of what is the same everywhere.
            if spread <= 1e-9 * max(1.0, float(np.abs(known).max(initial=0.0))):
                left_out[_short(name)] = "the same in all training records" if len(known) else "empty"
                continue
            names.append(name)
            mean.append(float(known.mean()))
            deviation.append(spread)
            if len(known) < len(values):
                gaps.append(name)
            continue
        found = sorted(set(_as_words(table[name])) - {""})
        if len(found) <= MOST_WORDS and (len(found) > 1 or (found and "" in set(_as_words(table[name])))):
            words.append(Words(name, tuple(found)))
        elif name not in KINDS:
            why = "the same in all training records" if len(found) < 2 else f"more than {MOST_WORDS} different words"
            left_out[_short(name)] = why
    numbers = Numbers(tuple(names), np.array(mean), np.array(deviation), tuple(gaps))
    return numbers, tuple(words), left_out


def learn_components(features: np.ndarray, encoder: str, count: int | None, records: int, seed: int) -> Components:
    """Principal components of features (n, d), each divided by its spread.

    Args:
        features: of training records.
        encoder: what they come from.
        count: how many components; None for what suits the number of training records.
        records: that number.
        seed: of the decomposition.
    """
    if not np.isfinite(features).all():
        raise InputError("The features hold NaN or infinite numbers. Look at them with Analyse features.")
    most = min(len(features) - 1, features.shape[1])
    wanted = min(most, count or max(1, min(MOST_COMPONENTS, records // RECORDS_A_COMPONENT)))
    if wanted < 1:
        raise InputError("Features of a single training record say nothing of others. Extract more.")
    fitted = PCA(wanted, svd_solver="randomized" if wanted < most // 2 else "full", random_state=seed).fit(features)
    spread = np.sqrt(fitted.explained_variance_)
    if not spread[0] > 0:
        raise InputError("All training records have the same features. Check the images they come from.")
    used = spread > 1e-6 * spread[0]
    axes = (fitted.components_[used] / spread[used, np.newaxis]).astype(np.float32)
    share = float(fitted.explained_variance_ratio_[used].sum())
    return Components(encoder, fitted.mean_.astype(np.float32), axes, share)


def _candidates(table: pd.DataFrame) -> list[str]:
    """The columns that may say how good a result is."""
    return [name for name in table if name.startswith(PARAMETER) or name in KINDS]


def _as_numbers(column: pd.Series) -> tuple[np.ndarray, bool]:
    """Numbers (n,) float64, NaN where there is none; and whether the column holds numbers at all."""
    if column.dtype == bool:
        return column.to_numpy(float), True
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, copy=True)
    given = column.notna().to_numpy() & (column.astype(str).to_numpy() != "")
    all_numbers = bool((~given | ~np.isnan(numbers)).all())
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers, column.name not in KINDS and all_numbers


def _as_words(column: pd.Series) -> np.ndarray:
    return column.astype(object).where(column.notna(), "").astype(str).to_numpy(object)


def _short(name: str) -> str:
    return name.removeprefix(PARAMETER)
