"""How figures and times are called, and which figures stand in one plot."""

from __future__ import annotations

from pathlib import Path

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
# Of forests: by what the samples are that are asked of.
POLYGONS, BLOCKS, PIXELS, OUT_OF_BAG = (
    (f"{where}_overall_accuracy", f"{where}_balanced_accuracy")
    for where in ("held_out_polygons", "held_out_blocks", "held_out_pixels", "out_of_bag")
)


def title(name) -> str:
    """What a figure is called, as in a legend."""
    known = {
        "train_loss": tr("Training"),
        "val_loss": tr("Validation"),
        "running_train_loss": tr("Within the epoch"),
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
    for ending, words in (("overall_accuracy", tr("Overall accuracy")), ("balanced_accuracy", tr("Balanced accuracy"))):
        if name.endswith(ending):
            return words
    return known.get(name) or name.replace("val_", "", 1).replace("_", " ").capitalize()


def title_alone(name) -> str:
    """What a figure is called where nothing beside it says so."""
    return {"train_loss": tr("training loss"), "val_loss": tr("validation loss")}.get(name) or title(name)


def plots(names, with_rate=False) -> list[tuple[str, list[str]]]:
    """The plots for some figures, each its title and its figures, in the order in which they are shown."""
    left = [name for name in names if with_rate or name != RATE]
    found = []
    groups = (
        (tr("Loss"), LOSS),
        (tr("Accuracy in validation"), ACCURACY),
        (tr("Likeness in validation"), LIKENESS),
        (tr("Accuracy on held-out polygons"), POLYGONS),
        (tr("Accuracy on held-out blocks"), BLOCKS),
        (tr("Accuracy on held-out pixels (optimistic)"), PIXELS),
        (tr("Out-of-bag accuracy (optimistic)"), OUT_OF_BAG),
    )
    for words, group in groups:
        members = [name for name in group if name in left]
        if members:
            found.append((words, members))
            left = [name for name in left if name not in members]
    found += [(title(name), [name]) for name in left if name != RATE]
    return found + [(title(name), [name]) for name in left if name == RATE]


def name(run) -> str:
    """What a run is called: the runs of a batch differ by the models that they make."""
    model = Path(run.parameters.get("model") or "").stem
    return tr("{} ({})").format(run.title, model) if model else run.title


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


def explained(names) -> str:
    """What the accuracy of a forest says, and what it does not; empty for other figures."""
    if OUT_OF_BAG[0] in names:
        return tr(
            "Each tree is asked of the samples that it did not learn from. It learnt from their neighbours in the same"
            " polygon, so this is not the accuracy of the map. It only shows whether more trees would help."
        )
    if PIXELS[0] in names:
        return tr(
            "Single pixels are held out, whose neighbours in the same polygon were learnt from, so this is not the"
            " accuracy of the map. It only shows whether more trees would help."
        )
    if POLYGONS[0] in names or BLOCKS[0] in names:
        return tr("On samples that the trees know nothing of. Where the curves are level more trees do not help.")
    return ""


def how_far(watched) -> str:
    """How many epochs or trees are done, and of how many."""
    done, most = watched.done, watched.most
    if watched.grows:
        if watched.running and watched.settled and OUT_OF_BAG[0] not in watched.curves:
            return tr("{} trees; further folds and the model itself follow").format(done)
        return tr("{} of {} trees").format(done, most) if most else tr("{} trees").format(done)
    if not most:
        return tr("Epoch {}").format(done)
    return (tr("Epoch {} of at most {}") if watched.running else tr("{} of at most {} epochs")).format(done, most)


def stopping(watched) -> tuple[str, str]:
    """Text and tooltip of the button that ends a training early."""
    if not watched.grows:
        return (
            tr("&Stop and keep the best"),
            tr("Ends the training now; the network of the best epoch is measured and saved as usual."),
        )
    if watched.settled:
        why = tr("The number of trees is settled: as many have been tested.")
    elif not watched.done:
        why = tr("There are no trees yet.")
    else:
        why = tr("The forest gets no more trees than it has now; it is measured, grown from all samples and saved.")
    return tr("&Stop with these trees"), why


def note(watched) -> str:
    """What else there is to say of a run."""
    run = watched.run
    if run.state == runs.FAILED:
        return run.problem
    if run.state == runs.CANCELLED:
        if watched.can_end_early and watched.done and not watched.grows:
            return tr("It has left no model. Started again with the same settings and files, it goes on.")
        return tr("It has left no model.")
    if not run.finish_asked or watched.settled:
        return ""
    if run.state == runs.DONE:
        return tr("It was ended early, as you asked.")
    if watched.grows:
        return tr("It gets no more trees. The model of so many is measured, grown and saved as usual.")
    if not watched.done:
        return tr("It ends after the first epoch, since without one there is no network to keep.")
    return tr("It ends now. The network of the best epoch is kept, measured and saved as usual.")


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
