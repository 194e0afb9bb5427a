"""How a network learnt, as plots for its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from .. import report
from .learning_rates import Trial
from .training import History

# Above this ratio of the highest and the lowest validation loss the axis is logarithmic.
WIDE = 20
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
# Title, the lines' names in the history and in the legend, and where one stands without training, in their order.
Plot = tuple[str, Mapping[str, str], Sequence[float]]


def loss_and_rate(*between: Plot) -> list[Plot]:
    """The plots that every network has, with others in between."""
    loss: Plot = ("Loss", {"train_loss": "training", "val_loss": "validation"}, ())
    return [loss, *between, ("Learning rate", {"learning_rate": ""}, ())]


def curves(history: History, plots: Sequence[Plot]) -> Markup:
    """Plots side by side, three in a row; dashed is the epoch that the network was taken from, dotted where a line
    would be without training.
    """
    rows = -(-len(plots) // 3)
    drawn = report.Figure(figsize=(9.6, 3.0 * rows), layout="constrained")
    epochs = range(1, len(history.epochs) + 1)
    places = drawn.subplots(rows, 3, squeeze=False).ravel()
    for empty in places[len(plots) :]:
        empty.remove()
    for axes, (title, lines, untrained) in zip(places, plots, strict=False):
        for (name, label), colour in zip(lines.items(), COLOURS, strict=False):
            axes.plot(epochs, [e[name] for e in history.epochs], color=colour, label=label, linewidth=1.4)
        for value, colour in zip(untrained, COLOURS, strict=False):
            axes.axhline(value, color=colour, linewidth=1, linestyle=":")
        axes.axvline(history.best, color="#999999", linewidth=0.8, linestyle="--")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set(xlabel="Epoch", title=title)
        if len(lines) > 1:
            axes.legend(frameon=False)
        if title == "Loss" and max(values := axes.lines[1].get_ydata()) > WIDE * min(values) > 0:
            # The first epochs would flatten all that follows.
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(_plainly)
    return report.svg(drawn)


def trial(found: Trial, rate: float) -> Markup:
    """The loss over the learning rate of the trial, and the rate that was used."""
    drawn, axes = report.figure(height=2.8)
    axes.plot(found.rates, found.losses, color=COLOURS[0], linewidth=1.4)
    axes.axvline(rate, color="#d55e00", linewidth=1, linestyle="--")
    axes.set(xscale="log", xlabel="Learning rate", ylabel="Smoothed loss")
    axes.xaxis.set_major_formatter(_plainly)
    return report.svg(drawn)


def _plainly(value: float, _: int) -> str:
    """A number on a logarithmic axis."""
    return f"{value:g}"
