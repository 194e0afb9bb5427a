"""Reading what a model or a sample needs: bands, and features computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rasterio.windows import Window

from . import formulas
from .rasters import Stack


@dataclass(frozen=True)
class FeatureReader:
    """Bands of a stack and features computed from them, window by window."""

    stack: Stack
    bands: tuple[str, ...]
    features: tuple[formulas.Formula, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns: bands, then features."""
        return [*self.bands, *(f.name for f in self.features)]

    @property
    def dtype(self) -> np.dtype:
        """The type of the values: that of the bands, float32 as soon as a feature is computed."""
        return np.dtype(np.float32) if self.features else self.stack.dtype

    def read(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Read a window; returns values (columns, h, w) and valid (h, w), where no feature is NaN either."""
        values, valid = self.stack.read(window)
        if not self.features:
            return values, valid
        by_alias = {formulas.alias(n): v for n, v in zip(self.stack.names, values, strict=True)}
        computed = [formula.evaluate(by_alias) for formula in self.features]
        for layer in computed:
            valid &= ~np.isnan(layer)
        kept = values[: len(self.bands)].astype(np.float32)
        return np.concatenate([kept, np.stack(computed)]), valid


def feature_reader(
    stack: Stack, bands: Sequence[str] | None, features: Sequence[formulas.Formula] = ()
) -> FeatureReader:
    """Choose bands (all where None) and features; bands that only formulas use are read but no columns."""
    chosen = stack.select(bands) if bands else stack
    by_alias = {formulas.alias(name): name for name in stack.names}
    needed = [by_alias[a] for f in features for a in f.bands]
    extra = [name for name in dict.fromkeys(needed) if name not in chosen.names]
    whole = stack.select([*chosen.names, *extra]) if extra else chosen
    return FeatureReader(whole, tuple(chosen.names), tuple(features))
