"""A risk map, headless, through QGIS: the demo scene's flood risk becomes tiles, a U-Net, a map and its accuracy.

Standard library only. `make demo-risk` prepares what it needs and runs it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import FOLDER, in_qgis, say
from headless import Qgis


def main() -> None:
    """Run the chain and print where everything is."""
    in_qgis(make_map)


def make_map(qgis: Qgis, began: float) -> None:
    """The job itself."""
    say("Making the demo scene …")
    qgis.run(
        "landloom:create_demo_scene", IMAGE=FOLDER / "image.tif", POLYGONS=FOLDER / "polygons.gpkg",
        REFERENCE=FOLDER / "reference.gpkg", RISK=FOLDER / "risk.tif",
    )  # fmt: skip
    say("Running the chain 'Risk map with U-Net and CRF'; the network learns for some minutes …")
    done = qgis.run(
        "landloom:risk_map_with_unet_and_crf", IMAGES=FOLDER / "image.tif", LABEL_RASTER=FOLDER / "risk.tif",
        TILE_SIZE=128, EPOCHS=16, RECORD="false", **{
            "cut:Tile data set": FOLDER / "risk_tiles", "cut:Blocks": FOLDER / "risk_blocks.gpkg",
            "train:Model": FOLDER / "unet.landloom", "train:Training report": FOLDER / "unet_report.html",
            "map:Map of the network": FOLDER / "unet_map.tif", "map:Probabilities": FOLDER / "unet_probabilities.tif",
            "refine:Map": FOLDER / "risk_map.tif", "refine:Refined probabilities": FOLDER / "risk_probabilities.tif",
            "evaluate_network:Accuracy of the network": FOLDER / "unet_accuracy.html",
            "evaluate:Accuracy": FOLDER / "risk_accuracy.html",
        },
    )  # fmt: skip
    print(f"""
Tiles     {done["cut:Tile data set"]}
Model     {done["train:Model"]}
Maps      {done["map:Map of the network"]}
          {done["refine:Map"]}
Reports   {done["train:Training report"]}
          {done["evaluate_network:Accuracy of the network"]}
          {done["evaluate:Accuracy"]}

On blocks that were held out:
U-Net           {accuracy(done["evaluate_network:Accuracy of the network"])}
U-Net and CRF   {accuracy(done["evaluate:Accuracy"])}

Done in {time.monotonic() - began:.0f} s.""")


def accuracy(report: str) -> str:
    """What was measured, in words."""
    found = json.loads(Path(f"{report}.json").read_text(encoding="utf-8"))["found"]
    overall, kappa, rho = (found[name] for name in ("overall_accuracy", "kappa", "rho"))
    return f"overall accuracy {overall:.3f}, kappa {kappa:.3f}, Spearman's rho {rho:.3f}"


if __name__ == "__main__":
    main()
