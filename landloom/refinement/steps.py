"""The steps from images to images: what each reads and writes."""

from __future__ import annotations

from dataclasses import dataclass

from . import tile_files


@dataclass(frozen=True)
class Step:
    """A step of the chain.

    Args:
        stage: as tiles and models name it.
        verb: what it does with tiles.
        input_key, output_key: the arrays.
    """

    stage: str
    verb: str
    input_key: str
    output_key: str


TRANSLATION = Step("stage1_translated", "translates", "sar", tile_files.STAGE1_KEY)
REFINEMENT = Step("stage2_refined", "refines", tile_files.STAGE1_KEY, tile_files.STAGE2_KEY)
STEPS = {step.stage: step for step in (TRANSLATION, REFINEMENT)}
