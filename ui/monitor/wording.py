"""How figures and times are called, and which figures stand in one plot."""

from __future__ import annotations

from qgis.PyQt.QtCore import QDateTime, QLocale

from ...plugin import runs
from ...processing_provider.parameters import tr
from ..plotting.axes import digits

RATE = "learning_rate"

# Plots by their titles, each with its figures in the order of their colours. What is not here has a plot of its own.
LOSS = ("train_loss", "val_loss", "running_train_loss")
ACCURACY = (
    *("val_overall_accuracy", "val_balanced_accuracy", "val_kappa", "val_mean_iou"),
    *("val_kappa_quadratic", "val_rho"),
)
LIKENESS = ("val_ssim", "val_edge_correlation")


def title(name) -> str:
    """What a figure is called, as in a legend."""
    known = {
        "train_loss": tr("Training"),
        "val_loss": tr("Validation"),
        "running_train_loss": tr("Within the epoch"),
        "val_overall_accuracy": tr("Overall accuracy"),
        "val_balanced_accuracy": tr("Balanced accuracy"),
        "val_kappa": tr("Kappa"),
        "val_mean_iou": tr("Mean IoU"),
        "val_kappa_quadratic": tr("Quadratic kappa"),
        "val_rho": tr("Rank correlation (rho)"),
        "val_psnr": tr("PSNR (dB)"),
        "val_ssim": tr("SSIM"),
        "val_edge_correlation": tr("Correlation of edges"),
        "val_ndvi_rmse": tr("RMSE of the NDVI"),
        "val_spectral_angle": tr("Spectral angle (°)"),
        RATE: tr("Learning rate"),
    }
    return known.get(name) or name.replace("val_", "", 1).replace("_", " ").capitalize()


def title_alone(name) -> str:
    """What a figure is called where nothing beside it says so."""
    return {"train_loss": tr("training loss"), "val_loss": tr("validation loss")}.get(name) or title(name)


def plots(names, with_rate=False) -> list[tuple[str, list[str]]]:
    """The plots for some figures, each its title and its figures, in the order in which they are shown."""
    left = [name for name in names if with_rate or name != RATE]
    found = []
    groups = ((tr("Loss"), LOSS), (tr("Accuracy in validation"), ACCURACY), (tr("Likeness in validation"), LIKENESS))
    for words, group in groups:
        members = [name for name in group if name in left]
        if members:
            found.append((words, members))
            left = [name for name in left if name not in members]
    found += [(title(name), [name]) for name in left if name != RATE]
    return found + [(title(name), [name]) for name in left if name == RATE]


def state(watched) -> str:
    """How a run is, in a word or two."""
    if watched.running and watched.run.finish_asked:
        return tr("finishing")
    return {
        runs.RUNNING: tr("running"),
        runs.DONE: tr("done"),
        runs.FAILED: tr("failed"),
        runs.CANCELLED: tr("cancelled"),
    }[watched.run.state]


def best(watched) -> str:
    """The best epoch so far and its figure; empty before there is one."""
    if watched.best is None:
        return ""
    name, step, value = watched.best
    words = tr("Best epoch so far: {}, {} {}") if watched.running else tr("Best epoch: {}, {} {}")
    return words.format(int(step), title_alone(name), digits(value))


def duration(seconds) -> str:
    """A time as a person says it."""
    seconds = round(seconds)
    if seconds < 60:
        return tr("{} s").format(seconds)
    if seconds < 3600:
        return tr("{} min {} s").format(seconds // 60, seconds % 60)
    return tr("{} h {} min").format(seconds // 3600, seconds % 3600 // 60)


def time_of_day(seconds) -> str:
    """The time of day, hours and minutes."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)).time(), QLocale.FormatType.ShortFormat)


def caption(stage) -> str:
    """What a sheet of sample predictions shows."""
    return {
        "train_segmentation": tr("Tiles that the network does not learn from: image, reference, prediction."),
        "train_patch_classifier": tr(
            "Patches that the network does not learn from: below each its class, and what the network says."
        ),
        "train_refiner": tr("Tiles that the network does not learn from: as it came in, refined, target."),
    }.get(stage, "")
