"""Networks: exact over whole windows, safe to open, and one training loop for all."""

import math
import os
import resource
import threading
from itertools import product
from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom.errors import Cancelled, InputError, ModelError, OutputError, ParameterError  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import (  # noqa: E402
    augmentation,
    devices,
    learning_rates,
    patch_cnn,
    prefetch,
    tally,
    training,
)  # fmt: skip
from landloom.networks.patch_cnn import PatchCNN  # noqa: E402
from landloom.networks.weights import as_arrays  # noqa: E402
from landloom.rasters import Band  # noqa: E402

CPU = torch.device("cpu")


def network(patch_size, channels=3, classes=4, width=8, seed=1):
    """A network whose normalisations do something, as after training."""
    torch.manual_seed(seed)
    made = PatchCNN(channels, classes, patch_size, width)
    for name, buffer in made.named_buffers():
        if name.endswith("running_mean") or name == "offset":
            buffer.normal_()
        elif name.endswith("running_var") or name == "scale":
            buffer.uniform_(0.5, 2)
    return made.eval()


def window(patch_size, rows, columns, seed=0):
    """Values (1, 3, h, w) with some no data, large enough for so many patches."""
    values = np.random.default_rng(seed).normal(size=(1, 3, patch_size + rows - 1, patch_size + columns - 1))
    values[0, 1, 2:4, 0] = np.nan
    values[0, :, -1, -1] = np.nan
    return torch.from_numpy(values.astype(np.float32))


# --- the patch network --------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("size", [1, 3, 8, 9, 16, 33])
@torch.no_grad()
def test_a_pass_over_a_window_gives_what_patch_by_patch_gives(size, stride):
    made, values = network(size), window(size, 11, 14)
    whole = made(values, stride)
    places = list(product(range(0, 11, stride), range(0, 14, stride)))
    single = made(torch.cat([values[:, :, r : r + size, c : c + size] for r, c in places]))[:, :, 0, 0]
    assert whole.shape == (1, 4, len(range(0, 11, stride)), len(range(0, 14, stride)))
    assert np.abs(whole[0].flatten(1).T.numpy() - single.numpy()).max() <= 1e-5
    assert np.abs(patch_cnn.fused(made)(values, stride).numpy() - whole.numpy()).max() <= 1e-5


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 64])
def test_every_pixel_of_the_patch_counts_and_none_beside_it(size):
    made = network(size)
    values = torch.randn(1, 3, size + 2, size + 2, requires_grad=True)
    made(values)[0, :, 1, 1].pow(2).sum().backward()
    reached = (values.grad != 0).any(dim=1)[0].numpy()
    expected = np.zeros((size + 2, size + 2), bool)
    expected[1:-1, 1:-1] = True
    assert np.array_equal(reached, expected)


@torch.no_grad()
def test_no_data_counts_as_the_value_that_fills_it():
    made, values = network(8), window(8, 1, 1)
    made.fill.copy_(torch.tensor([0.5, -1.0, 2.0]))
    filled = values.clone()
    for channel in range(3):
        raw = made.fill[channel] * made.scale[channel] + made.offset[channel]
        filled[0, channel][torch.isnan(values[0, channel])] = raw
    assert torch.isnan(values).any()
    assert np.allclose(made(values).numpy(), made(filled).numpy(), atol=1e-6)


@torch.no_grad()
def test_a_network_becomes_arrays_and_arrays_the_same_network():
    made, values = network(8), window(8, 3, 3)
    again = patch_cnn.from_arrays(made.describe(), as_arrays(made))
    assert torch.equal(again(values), made(values))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d, a: a.pop("head.bias"), "head.bias"),
        (lambda d, a: a.update(scale=np.ones(4, np.float32)), "scale"),
        (lambda d, a: a.update(scale=np.full(3, np.nan, np.float32)), "scale is not finite"),
        (lambda d, a: a.update(scale=np.ones(3)), "of another type"),
        (lambda d, a: a.update(scale=np.array([1, 0, 1], np.float32)), "a scale that is not above 0"),
        (lambda d, a: a.update({"layers.0.1.running_var": np.full(8, -1, np.float32)}), "a variance below 0"),
        (lambda d, a: d.update(width=16), "size mismatch"),
        (lambda d, a: d.update(width=10**9), "."),  # which would be an exabyte
        (lambda d, a: d.update(width=float("inf")), "."),
        (lambda d, a: d.update(channels=-3), "cannot be"),
        (lambda d, a: d.update(patch_size=0), "cannot be"),
        (lambda d, a: d.update(patch_size=10**9), "cannot be"),
        (lambda d, a: d.update(patch_size=None), "."),
        (lambda d, a: d.pop("classes"), "classes"),
        (lambda d, a: d.update(architecture="quantum"), "does not know the architecture quantum"),
    ],
)
def test_weights_that_do_not_fit_the_description_are_refused(change, words):
    made = network(8)
    description, arrays = made.describe(), as_arrays(made)
    change(description, arrays)
    with pytest.raises(ModelError, match=words):
        patch_cnn.from_arrays(description, arrays)


# --- augmentation -------------------------------------------------------------------------------


def test_the_eight_orientations_of_a_square():
    square = np.arange(9).reshape(3, 3)
    # Written down by hand: quarter turns to the left, then the same of the mirror image.
    expected = [
        [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        [[2, 5, 8], [1, 4, 7], [0, 3, 6]],
        [[8, 7, 6], [5, 4, 3], [2, 1, 0]],
        [[6, 3, 0], [7, 4, 1], [8, 5, 2]],
        [[2, 1, 0], [5, 4, 3], [8, 7, 6]],
        [[0, 3, 6], [1, 4, 7], [2, 5, 8]],
        [[6, 7, 8], [3, 4, 5], [0, 1, 2]],
        [[8, 5, 2], [7, 4, 1], [6, 3, 0]],
    ]
    turned = augmentation.orient(np.tile(square, (8, 1, 1)), np.arange(8))
    assert turned.tolist() == expected


def test_a_mask_is_turned_with_its_image():
    image = np.random.default_rng(0).normal(size=(50, 2, 6, 6)).astype(np.float32)
    changed, mask = augmentation.augment(image, (image[:, 0] > 0).astype(np.int64), np.random.default_rng(1))
    known = ~np.isnan(changed[:, 0])
    assert np.array_equal((changed[:, 0] > 0)[known], mask[known] == 1)
    assert not np.array_equal(changed, image)


def test_blanked_borders_are_strips_up_to_half_of_the_patch():
    values = np.ones((400, 2, 8, 8), np.float32)
    blanked = augmentation.blank_borders(values, np.random.default_rng(0), share=0.5)
    missing = np.isnan(blanked)
    assert np.array_equal(missing[:, 0], missing[:, 1]), "in all bands alike"
    changed = missing.any(axis=(1, 2, 3))
    assert 0.35 < changed.mean() < 0.6
    for known in ~missing[changed][:, 0]:
        rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
        assert len(rows) >= 4
        assert len(columns) >= 4
        assert known[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all(), "what is left is a rectangle"
        assert {rows[0], 7 - rows[-1]} & {0}
        assert {columns[0], 7 - columns[-1]} & {0}
    sides = [missing[:, 0, 0].all(axis=1), missing[:, 0, -1].all(axis=1)]
    sides += [missing[:, 0, :, 0].all(axis=1), missing[:, 0, :, -1].all(axis=1)]
    assert all(side.any() for side in sides)
    assert not np.isnan(values).any(), "the data set itself stays as it is"


def tile(bands=4, size=5, seed=3):
    """An image that no turn leaves as it is, (1, bands, h, w), and a mask that goes with it, (1, h, w)."""
    values = np.random.default_rng(seed).uniform(1, 100, (1, bands, size, size)).astype(np.float32)
    return values, (values[:, 0] > 50).astype(np.int64)


KEPT = {"brightness": 0, "contrast": 0, "saturation": 0}


@pytest.mark.parametrize(
    ("flips", "turns", "number"), [(True, True, 8), (True, False, 4), (False, True, 4), (False, False, 1)]
)
def test_tiles_are_turned_and_mirrored_as_far_as_that_is_wanted(flips, turns, number):
    values, targets = tile()
    recipe, random = augmentation.Recipe(flips, turns, **KEPT), np.random.default_rng(0)
    found = [augmentation.change_tiles(values, targets, recipe, random) for _ in range(100)]
    assert all(np.array_equal(v[:, 0] > 50, t == 1) for v, t in found), "the mask goes with its image"
    allowed = [np.rot90(values[0, 0], k) for k in (range(4) if turns else [0])]
    if flips:
        allowed += [np.fliplr(a) for a in allowed] + [np.flipud(a) for a in allowed]
    seen = {v[0, 0].tobytes() for v, _ in found}
    assert len(seen) == number
    assert seen <= {np.ascontiguousarray(a).tobytes() for a in [*allowed, *([np.rot90(values[0, 0], 2)] * flips)]}


def test_light_changes_as_the_formulas_say():
    values = np.array([[[10.0, 20]], [[30, 40]]], np.float32)  # two bands, two pixels; the mean is 25
    black = np.zeros(2, np.float32)
    assert augmentation.jitter(values, black, brightness=1.4).tolist() == (values * np.float32(1.4)).tolist()
    assert augmentation.jitter(values, black, contrast=0.5).tolist() == [[[17.5, 22.5]], [[27.5, 32.5]]]
    # The grey of the two pixels is 20 and 30.
    assert augmentation.jitter(values, black, saturation=0).tolist() == [[[20, 30]], [[20, 30]]]
    assert augmentation.jitter(values, np.full(2, 10, np.float32), brightness=2).tolist() == [[[10, 30]], [[50, 70]]]
    assert np.array_equal(augmentation.jitter(values, black), values)


def test_only_visible_bands_change_their_light_and_no_data_stays_no_data():
    values, targets = tile()
    values[0, :, 1, 2] = np.nan
    values[0, 1, 3, 3] = np.nan
    recipe = augmentation.Recipe(False, False, visible=(1, 2), black=(0.0, 0.0))
    changed, mask = augmentation.change_tiles(values, targets, recipe, np.random.default_rng(2))
    assert np.array_equal(np.isnan(changed), np.isnan(values))
    assert np.array_equal(changed[:, [0, 3]], values[:, [0, 3]], equal_nan=True)
    assert not np.isclose(changed[:, [1, 2]], values[:, [1, 2]]).any()
    assert np.array_equal(mask, targets)


def test_the_unit_of_the_pixels_makes_no_difference():
    """Reflectance from 0 to 1, the same as whole numbers, and the same with an offset."""
    values, targets = tile()
    random = [np.random.default_rng(1) for _ in range(3)]
    share, whole, moved = (
        augmentation.change_tiles(
            (values * factor + offset).astype(np.float32), targets,
            augmentation.Recipe(visible=(0, 1, 2), black=(offset,) * 3), one,
        )[0]
        for (factor, offset), one in zip([(0.01, 0.0), (100, 0.0), (100, 1000.0)], random, strict=True)
    )  # fmt: skip
    assert np.allclose(whole, share * 1e4, rtol=1e-4)
    assert np.allclose(moved, whole + 1000, rtol=1e-4)


def test_visible_bands_are_known_by_their_names_and_black_by_scale_and_offset():
    names = ["B1", "B2", "b03", "B4", "B8", "Red", "NIR", "g", "red edge", "B12", "band_2"]
    bands = [Band(name, "uint16") for name in names]
    assert [names[i] for i in augmentation.visible_bands(bands)] == ["B2", "b03", "B4", "Red", "g"]
    assert augmentation.black_values([Band("B2", "uint16", None, 0.0001, -0.1)]) == pytest.approx((1000,))


# --- the training loop --------------------------------------------------------------------------


def segmentation(n=24, seed=0):
    """Images (n, 2, 6, 6) whose pixels are of class 1 where the first band is the larger; some pixels are not known."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, 2, 6, 6)).astype(np.float32)
    targets = (values[:, 0] > values[:, 1]).astype(np.int64)
    targets[random.random(targets.shape) < 0.1] = training.IGNORED
    return values, targets


def opposite(targets):
    return np.where(targets == training.IGNORED, training.IGNORED, 1 - targets)


def data(values, targets, size=8):
    def shuffled(random):
        order = random.permutation(len(values))
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield values[chosen], targets[chosen]

    return training.Data(shuffled, lambda: iter([(values, targets)]), -(-len(values) // size))


def fit(folder, settings, made=None, job=None, loss=None, data_=None, tally_=None):
    made = made or torch.nn.Conv2d(2, 2, 1)
    loss = loss or torch.nn.CrossEntropyLoss(ignore_index=training.IGNORED)
    found = data_ or data(*segmentation())
    return made, training.fit(made, found, loss, tally_ or counted, settings, CPU, folder, job or Job())


def counted():
    return tally.Confusion(2, {"val_accuracy": lambda m: m.trace() / m.sum()})


def test_the_loop_trains_a_network_that_answers_for_each_pixel(tmp_path):
    torch.manual_seed(0)
    made, history = fit(tmp_path, training.Settings(epochs=40, learning_rate=0.1))
    values, targets = segmentation(50, seed=9)
    answers, known = made(torch.from_numpy(values)).argmax(1).numpy(), targets != training.IGNORED
    assert (answers == targets)[known].mean() > 0.95
    assert history.epochs[-1]["val_accuracy"] > 0.95


def test_the_weights_kept_are_those_of_the_lowest_validation_loss(tmp_path):
    """Validated with the opposite of what it learns, the network is best at the beginning."""
    torch.manual_seed(0)
    values, targets = segmentation()
    found = training.Data(data(values, targets).training, lambda: iter([(values, opposite(targets))]), 3)
    made, history = fit(tmp_path, training.Settings(epochs=6, patience=100, learning_rate=0.1), data_=found)
    losses = [epoch["val_loss"] for epoch in history.epochs]
    assert history.best == int(np.argmin(losses)) + 1 < 6
    answered = made(torch.from_numpy(values))
    wanted = torch.from_numpy(opposite(targets))
    again = torch.nn.functional.cross_entropy(answered, wanted, ignore_index=training.IGNORED)
    assert again.item() == pytest.approx(min(losses), abs=1e-6)


def test_training_stops_when_patience_is_over(tmp_path):
    told = []
    constant = training.Settings(epochs=50, patience=3, learning_rate=1e-12, weight_decay=0)
    values, targets = segmentation()
    # With a rate of nothing the loss of the first epoch stays the lowest.
    _, history = fit(tmp_path, constant, job=Job(told.append), data_=data(values, targets))
    assert (history.best, len(history.epochs)) == (1, 4)
    assert "Stopped: no better val_loss for 3 epochs." in [e.get("text") for e in told]


def test_the_learning_rate_falls_along_half_a_cosine(tmp_path):
    _, history = fit(tmp_path, training.Settings(epochs=4, patience=100, learning_rate=0.2))
    rates = [epoch["learning_rate"] for epoch in history.epochs]
    assert rates == pytest.approx([0.2, 0.2 * (1 + 0.5**0.5) / 2, 0.1, 0.2 * (1 - 0.5**0.5) / 2])


def test_the_rate_warms_up_in_equal_steps_and_then_falls():
    settings = training.Settings(epochs=4, learning_rate=0.3, warm_up=0.25)
    # Two steps an epoch: one epoch of warm-up, then half a cosine over three.
    rates = [training.rate(settings, step / 2, 1 / 2) for step in range(8)]
    falling = [0.15 * (1 + math.cos(math.pi * sixths / 6)) for sixths in range(6)]
    assert rates == pytest.approx([0.15, 0.3, *falling])
    assert rates[2:6:3] == pytest.approx([0.3, 0.15])


def test_the_rate_changes_with_every_step(tmp_path):
    seen = []

    class Watched(torch.nn.Conv2d):
        def forward(self, values):
            if self.training:
                seen.append(len(values))
            return super().forward(values)

    class Recorded(training.Learner):
        rates: ClassVar[list] = []

        def step(self, batches, rate):
            self.rates.append(rate)
            return super().step(batches, rate)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "Learner", Recorded)
        fit(tmp_path, training.Settings(epochs=2, learning_rate=0.2, accumulate=2), Watched(2, 2, 1))
    # Of three batches an epoch the first two change the network together, then the last one alone.
    assert seen == [8] * 6
    done = [0, 2 / 3, 1, 5 / 3]
    assert Recorded.rates == pytest.approx([0.1 * (1 + math.cos(math.pi * epochs / 2)) for epochs in done])


def gradient_step(batches, targets, made, **settings):
    learner = training.Learner(made, torch.nn.CrossEntropyLoss(ignore_index=tally.IGNORED),
                               training.Settings(weight_decay=0, **settings), CPU)  # fmt: skip
    learner.optimiser = torch.optim.SGD(made.parameters(), 1.0)
    pairs = [(torch.from_numpy(b), torch.from_numpy(t)) for b, t in zip(batches, targets, strict=True)]
    found = learner.step(pairs, 1.0)
    return found, [p.detach().clone() for p in made.parameters()]


def line(seed=5):
    torch.manual_seed(seed)
    return torch.nn.Conv2d(2, 2, 1)


def test_small_batches_that_add_up_are_one_large_batch():
    values, targets = segmentation(12)
    targets[:4, :, :4] = tally.IGNORED  # so that the batches have not the same number of labels
    assert len({int((t != tally.IGNORED).sum()) for t in np.split(targets, 3)}) == 3
    (whole, known), expected = gradient_step([values], [targets], line())
    (mean, number), found = gradient_step(np.split(values, 3), np.split(targets, 3), line())
    assert float(mean) == pytest.approx(float(whole), rel=1e-6)
    assert number == known == (targets != tally.IGNORED).sum()
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_batch_without_any_label_changes_nothing():
    values, targets = segmentation(4)
    nothing = np.full_like(targets, tally.IGNORED)
    (mean, number), found = gradient_step([values], [nothing], line())
    assert (float(mean), number) == (0, 0)
    assert torch.equal(found[0], line().weight)
    _, beside = gradient_step([values, values], [targets, nothing], line())
    _, alone = gradient_step([values], [targets], line())
    assert all(torch.equal(a, b) for a, b in zip(beside, alone, strict=True))


def test_a_long_gradient_is_shortened_and_a_short_one_is_not():
    values, targets = segmentation(8)
    before = list(line().parameters())
    _, free = gradient_step([values], [targets], line())
    moved = [b.detach() - a for a, b in zip(free, before, strict=True)]  # with a rate of 1 the gradient itself
    norm = math.sqrt(sum(float((m**2).sum()) for m in moved))
    _, clipped = gradient_step([values], [targets], line(), clip=norm / 4)
    for a, b, m in zip(clipped, before, moved, strict=True):
        assert torch.allclose(b.detach() - a, m / 4, rtol=1e-4, atol=1e-7)
    _, same = gradient_step([values], [targets], line(), clip=norm * 4)
    assert all(torch.equal(a, b) for a, b in zip(same, free, strict=True))


def test_the_epoch_that_counts_is_that_with_the_highest_figure_where_one_is_named(tmp_path):
    figures = iter([None, 0.2, 0.7, 0.7, 0.4])

    class Scripted(tally.Confusion):
        def figures(self):
            return {"val_kappa": next(figures)}

    settings = training.Settings(epochs=5, patience=9, monitor="val_kappa", higher=True)
    _, history = fit(tmp_path, settings, tally_=lambda: Scripted(2, {}))
    assert history.best == 3, "the first of the highest; what is undetermined is none"
    assert math.isnan(history.epochs[0]["val_kappa"])


def test_every_epoch_has_random_numbers_of_its_own_and_another_seed_others(tmp_path):
    drawn, found = [], data(*segmentation())

    def watched(random):
        drawn.append(int(random.integers(2**40)))
        return found.training(random)

    for number, seed in enumerate((1, 1, 2)):
        (tmp_path / str(number)).mkdir()
        again = training.Data(watched, found.validation, found.steps)
        fit(tmp_path / str(number), training.Settings(epochs=2, seed=seed), data_=again)
    assert drawn[:2] == drawn[2:4]
    assert len(set(drawn)) == 4


def test_every_epoch_is_a_line(tmp_path):
    told = []
    _, history = fit(tmp_path, training.Settings(epochs=2), job=Job(told.append))
    lines = [e["text"] for e in told if e["type"] == "message"]
    first = history.epochs[0]
    assert lines[0] == (
        f"Epoch 1/2: Train Loss {first['train_loss']:.4f} | Val Loss {first['val_loss']:.4f} | Val Accuracy"
        f" {first['val_accuracy']:.4f} | Learning Rate 0.001 | best so far"
    )
    assert len(lines) == 2


def test_in_a_long_epoch_the_loss_so_far_is_told(tmp_path):
    told = []
    found = data(*segmentation(120), size=1)
    fit(tmp_path, training.Settings(epochs=1), job=Job(told.append), data_=found)
    steps = [e["step"] for e in told if e.get("name") == "running_train_loss"]
    assert steps == pytest.approx([50 / 120, 100 / 120])


def test_the_weights_of_the_last_epoch_are_there_too(tmp_path):
    values, targets = segmentation()
    found = training.Data(data(values, targets).training, lambda: iter([(values, opposite(targets))]), 3)
    made, history = fit(tmp_path, training.Settings(epochs=4, patience=9, learning_rate=0.1), data_=found)
    last = torch.nn.Conv2d(2, 2, 1)
    last.load_state_dict(history.last)
    loss = torch.nn.functional.cross_entropy(
        last(torch.from_numpy(values)), torch.from_numpy(opposite(targets)), ignore_index=training.IGNORED
    )
    assert loss.item() == pytest.approx(history.epochs[-1]["val_loss"], abs=1e-6)
    assert not torch.equal(history.last["weight"], made.weight)


# --- what runs beside the loop ------------------------------------------------------------------


def test_items_made_ahead_come_in_their_order_and_errors_in_their_place():
    def items():
        yield from range(5)
        raise InputError("the sixth is damaged")

    coming = prefetch.ahead(items())
    assert [next(coming) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="the sixth"):
        next(coming)
    assert list(prefetch.ahead([])) == []


def test_no_more_is_made_ahead_than_agreed_and_nothing_after_the_end():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    coming = prefetch.ahead(items(), depth=2)
    assert next(coming) == 0
    coming.close()
    assert 1 <= len(made) <= 3


def test_answers_are_counted_by_row_and_labels_by_column():
    outputs = torch.tensor([[[[1.0, 0.0, 0.0, 1.0]], [[0.0, 1.0, 1.0, 0.0]]]])  # answers 0 1 1 0
    counted = tally.Confusion(2, {"first": lambda m: m[0, 0], "none": lambda m: None})
    for _ in range(2):
        counted.add(outputs, torch.tensor([[[0, 0, tally.IGNORED, 0]]]))
    assert counted.matrix.tolist() == [[4, 0], [2, 0]]
    assert counted.figures() == {"first": 4, "none": None}


# --- the learning rate --------------------------------------------------------------------------


def test_the_suggested_rate_is_where_the_loss_falls_fastest():
    rates = np.logspace(-6, 0, 61)
    x = np.log10(rates)
    losses = 2 - 1 / (1 + np.exp(-4 * (x + 2.5))) + np.exp(6 * (x + 0.5))  # steepest near 10^-2.5, then it grows
    assert learning_rates.suggest(rates.tolist(), losses.tolist()) == pytest.approx(10**-2.5, rel=0.3)


@pytest.mark.parametrize("losses", [[], [1.0], list(np.linspace(1, 2, 40))])
def test_no_rate_is_suggested_where_the_loss_does_not_fall(losses):
    assert learning_rates.suggest(np.logspace(-6, 0, len(losses)).tolist(), losses) is None


def test_a_trial_leaves_the_network_as_it_is_and_its_rate_is_one_to_learn_with(tmp_path):
    made, before = line(), line()
    loss = torch.nn.CrossEntropyLoss(ignore_index=tally.IGNORED)
    trial = learning_rates.find(made, data(*segmentation()), loss, training.Settings(), CPU, Job())
    assert torch.equal(made.weight, before.weight)
    assert np.allclose(np.diff(np.log(trial.rates)), np.log(1e6) / 59), "each step by the same factor"
    assert 1e-3 < trial.suggestion < 1
    found = learning_rates.with_rate(training.Settings(epochs=5), trial)
    _, history = fit(tmp_path, found, made)
    assert history.epochs[-1]["train_loss"] < history.epochs[0]["train_loss"] < 1


def test_every_epoch_is_a_point_of_each_live_curve(tmp_path):
    told = []
    _, history = fit(tmp_path, training.Settings(epochs=3), job=Job(told.append))
    points = {(e["name"], e["step"]): e["value"] for e in told if e["type"] == "metric"}
    names = ("train_loss", "val_loss", "learning_rate", "val_accuracy")
    assert points == {(name, n): epoch[name] for name in names for n, epoch in enumerate(history.epochs, start=1)}


def test_a_loss_that_is_no_number_names_the_learning_rate(tmp_path):
    with pytest.raises(InputError, match=r"in epoch \d+ the loss is no number any more. Lower LEARNING_RATE"):
        fit(tmp_path, training.Settings(epochs=30, learning_rate=1e30))


def test_a_validation_loss_that_is_no_number_is_refused(tmp_path):
    values, targets = segmentation()
    found = training.Data(data(values, targets).training, lambda: iter([(values * np.inf, targets)]), 3)
    with pytest.raises(InputError, match="in epoch 1 the loss is no number any more"):
        fit(tmp_path, training.Settings(epochs=2), data_=found)


def test_a_run_that_only_lacked_its_end_gives_a_network_that_is_ready(tmp_path):
    first, history = fit(tmp_path, training.Settings(epochs=2))
    again, continued = fit(tmp_path, training.Settings(epochs=2))
    assert continued == history
    assert not again.training
    assert torch.equal(again.weight, first.weight)


def test_a_run_is_cancelled_between_batches_and_goes_on_to_the_same_end(tmp_path):
    def made():
        torch.manual_seed(3)
        return torch.nn.Sequential(torch.nn.Conv2d(2, 4, 1), torch.nn.Dropout(0.3), torch.nn.Conv2d(4, 2, 1))

    settings = training.Settings(epochs=6, patience=100, learning_rate=0.05)
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    values, targets = segmentation()
    # Validated with the opposite of what is learnt: the first epoch is the best, and its weights outlast the break.
    found = training.Data(data(values, targets).training, lambda: iter([(values, opposite(targets))]), 3)
    whole, history = fit(tmp_path / "whole", settings, made(), data_=found)
    assert history.best == 1
    cancel, seen = threading.Event(), []

    def watch(network, _):
        if network.training:
            seen.append(1)
        if len(seen) == 11:  # the second batch of the fourth epoch
            cancel.set()

    watched = made()
    watched.register_forward_pre_hook(watch)
    with pytest.raises(Cancelled):
        fit(tmp_path / "parts", settings, watched, Job(cancel=cancel), data_=found)
    assert len(seen) == 11
    again, continued = fit(tmp_path / "parts", settings, made(), data_=found)
    assert continued == history
    for a, b in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_a_checkpoint_that_cannot_be_written_is_told_as_any_file(tmp_path):
    """One that is larger than what is held back before it is written."""
    learner = training.Learner(torch.nn.Conv2d(64, 64, 5), None, training.Settings(), CPU)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"Cannot write .*checkpoint.pt: File too large"):
            training._save(tmp_path / training.CHECKPOINT, learner, training.History(), {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_that_would_run_code_is_not_used(tmp_path):
    told = []
    torch.save({"network": Trap(tmp_path / "sprung")}, tmp_path / training.CHECKPOINT)
    _, history = fit(tmp_path, training.Settings(epochs=1), job=Job(told.append))
    assert not (tmp_path / "sprung").exists()
    assert len(history.epochs) == 1
    assert any("cannot be read" in e.get("text", "") for e in told)


def test_a_graphics_card_that_is_not_there_is_told():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert devices.choose("auto").type == "cpu"
    with pytest.raises(ParameterError, match="'cuda' is not there"):
        devices.choose("cuda")


@pytest.mark.parametrize(
    ("too_much", "where"),
    [
        (lambda: torch.empty(2**50), "computer"),
        (lambda: np.empty(2**58, np.uint8), "computer"),
    ],
)
def test_memory_that_does_not_suffice_is_told_with_a_remedy(too_much, where):
    told = f"The memory of the {where} does not suffice. Do less"
    with pytest.raises(ParameterError, match=told), devices.within_memory("Do less."):
        too_much()


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shape"), devices.within_memory("Do less."):
        torch.zeros(3).view(2, 2)


def test_the_number_of_threads_is_as_before_afterwards():
    before = torch.get_num_threads()
    with devices.threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
