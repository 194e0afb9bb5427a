"""Networks: exact over whole windows, safe to open, and one training loop for all."""

import os
import threading
from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from landloom.errors import Cancelled, InputError, ModelError, ParameterError  # noqa: E402
from landloom.job import Job  # noqa: E402
from landloom.networks import augmentation, devices, patch_cnn, training  # noqa: E402
from landloom.networks.patch_cnn import PatchCNN  # noqa: E402

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
    again = patch_cnn.from_arrays(made.describe(), patch_cnn.as_arrays(made))
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
    description, arrays = made.describe(), patch_cnn.as_arrays(made)
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


def fit(folder, settings, made=None, job=None, loss=None, data_=None):
    made = made or torch.nn.Conv2d(2, 2, 1)
    loss = loss or torch.nn.CrossEntropyLoss(ignore_index=training.IGNORED)
    metrics = {"val_accuracy": lambda m: m.trace() / m.sum()}
    found = data_ or data(*segmentation())
    return made, training.fit(made, found, loss, metrics, settings, CPU, folder, job or Job())


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
    assert "Stopped: no lower validation loss for 3 epochs." in [e.get("text") for e in told]


def test_the_learning_rate_falls_along_half_a_cosine(tmp_path):
    _, history = fit(tmp_path, training.Settings(epochs=4, patience=100, learning_rate=0.2))
    rates = [epoch["learning_rate"] for epoch in history.epochs]
    assert rates == pytest.approx([0.2, 0.2 * (1 + 0.5**0.5) / 2, 0.1, 0.2 * (1 - 0.5**0.5) / 2])


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

    def watched():
        def training_batches(random):
            for number, batch in enumerate(found.training(random)):
                seen.append(number)
                if len(seen) == 11:  # the second batch of the fourth epoch
                    cancel.set()
                yield batch

        return training.Data(training_batches, found.validation, found.steps)

    with pytest.raises(Cancelled):
        fit(tmp_path / "parts", settings, made(), Job(cancel=cancel), data_=watched())
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


def test_the_number_of_threads_is_as_before_afterwards():
    before = torch.get_num_threads()
    with devices.threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
