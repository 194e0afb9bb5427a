"""Losses: as published, blind to pixels without an answer, and never without a number."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the deep-learning layer: plugin.environment install --layer deep")

from scipy.special import expit, log_softmax, softmax  # noqa: E402
from sklearn import metrics  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from landloom.errors import ParameterError  # noqa: E402
from landloom.networks.losses import LOSSES, LossOptions, make  # noqa: E402
from landloom.networks.tally import IGNORED  # noqa: E402

WEIGHTS = (0.4, 2.5, 2.0)


def batch(seed=0, dtype=torch.float32):
    """Outputs (2, 3 + 2, 4, 5) and targets (2, 4, 5), some of them without an answer."""
    random = np.random.default_rng(seed)
    outputs = random.normal(0, 2, (2, 5, 4, 5))
    targets = random.integers(0, 3, (2, 4, 5))
    targets[random.random(targets.shape) < 0.3] = IGNORED
    return torch.tensor(outputs, dtype=dtype), torch.tensor(targets)


def known(outputs, targets):
    """What counts, in NumPy: class logits (m, 3), cumulative logits (m, 2) and answers (m,)."""
    flat, answers = outputs.double().movedim(1, -1).numpy().reshape(-1, 5), targets.numpy().ravel()
    flat = flat[answers != IGNORED]
    return flat[:, :3], flat[:, 3:], answers[answers != IGNORED]


def value(name, outputs, targets, **options):
    return make(LossOptions(name, 3, **options))(outputs, targets)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_cross_entropy_and_focal_loss_with_gamma_0_are_pytorchs_cross_entropy(weight, smoothing):
    outputs, targets = batch()
    given = None if weight is None else torch.tensor(weight)
    expected = cross_entropy(outputs[:, :3], targets, given, ignore_index=IGNORED, label_smoothing=smoothing)
    options = {"class_weight": weight, "smoothing": smoothing}
    assert value("cross_entropy", outputs, targets, **options).item() == pytest.approx(expected.item(), rel=1e-5)
    assert value("focal", outputs, targets, gamma=0.0, **options).item() == pytest.approx(expected.item(), rel=1e-5)


def test_cross_entropy_is_the_log_loss_of_scikit_learn():
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    expected = metrics.log_loss(answers, softmax(logits, 1), sample_weight=np.take(WEIGHTS, answers))
    assert value("cross_entropy", outputs, targets, class_weight=WEIGHTS).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 2.5])
def test_focal_loss_is_as_published(gamma):
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    total = counted = 0.0
    for logit, answer in zip(logits, answers, strict=True):
        p = softmax(logit)[answer]
        total += WEIGHTS[answer] * -((1 - p) ** gamma) * np.log(p)
        counted += WEIGHTS[answer]
    found = value("focal", outputs, targets, class_weight=WEIGHTS, gamma=gamma)
    assert found.item() == pytest.approx(total / counted, rel=1e-5)


def test_focal_loss_smooths_labels_as_cross_entropy_does():
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    labels = 0.8 * np.eye(3)[answers] + 0.2 / 3
    log_p = log_softmax(logits, 1)
    expected = -(labels * (1 - np.exp(log_p)) ** 2 * log_p).sum() / len(answers)
    assert value("focal", outputs, targets, gamma=2.0, smoothing=0.2).item() == pytest.approx(expected, rel=1e-5)


def test_dice_loss_is_as_published_and_takes_the_mean_by_class_weight():
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    p, is_class = softmax(logits, 1), np.eye(3)[answers]
    of_class = 1 - 2 * (p * is_class).sum(0) / (p.sum(0) + is_class.sum(0))
    expected = np.average(of_class, weights=WEIGHTS)
    assert value("dice", outputs, targets, class_weight=WEIGHTS).item() == pytest.approx(expected, rel=1e-5)


def test_lovasz_loss_is_the_extension_of_the_jaccard_loss():
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    p, of_class = softmax(logits, 1), []
    for number in range(3):
        truth = answers == number
        errors = np.abs(truth - p[:, number])
        order, wrong, before, total = np.argsort(-errors), np.zeros(len(truth), bool), 0.0, 0.0
        for pixel in order:  # the loss of the set of pixels that are wrong, grown one by one
            wrong[pixel] = True
            jaccard_loss = wrong.sum() / (truth | wrong).sum()
            total, before = total + errors[pixel] * (jaccard_loss - before), jaccard_loss
        of_class.append(total)
    expected = np.average(of_class, weights=WEIGHTS)
    assert value("lovasz", outputs, targets, class_weight=WEIGHTS).item() == pytest.approx(expected, rel=1e-5)


def test_losses_of_areas_are_f1_and_jaccard_where_the_network_is_sure():
    outputs, targets = batch()
    logits, _, answers = known(outputs, targets)
    answered = logits.argmax(1)
    f1 = metrics.f1_score(answers, answered, average="macro")
    jaccard = metrics.jaccard_score(answers, answered, average="macro")
    assert value("dice", outputs * 1e4, targets).item() == pytest.approx(1 - f1, abs=1e-5)
    assert value("lovasz", outputs * 1e4, targets).item() == pytest.approx(1 - jaccard, abs=1e-5)


def test_the_loss_of_the_order_is_as_published():
    # Cao et al. 2020, equation 4: - sum over k of log s(g + b_k) y_k + log(1 - s(g + b_k)) (1 - y_k)
    outputs, targets = batch()
    _, cumulative, answers = known(outputs, targets)
    p, above = expit(cumulative), answers[:, np.newaxis] > np.arange(2)
    of_pixel = -(np.log(p) * above + np.log(1 - p) * ~above).sum(1)
    for weight in (None, WEIGHTS):
        options = {"class_weight": weight}
        both = value("cross_entropy", outputs, targets, ordinal_weight=0.3, **options)
        alone = value("cross_entropy", outputs, targets, **options)
        assert (both - alone).item() == pytest.approx(0.3 * of_pixel.mean(), rel=1e-4), "classes all count the same"


def test_the_loss_of_the_order_by_hand():
    # One pixel of the middle class, s(0) = 1/2 and s(ln 3) = 3/4: above 0 it is (3/4), above 1 it is not (1/2).
    outputs = torch.tensor([0.0, 0.0, 0.0, np.log(3), 0.0]).view(1, 5, 1, 1)
    found = value("cross_entropy", outputs, torch.ones(1, 1, 1, dtype=torch.long), ordinal_weight=1.0)
    assert found.item() == pytest.approx(np.log(3) - np.log(3 / 4) - np.log(1 / 2), rel=1e-5)


def test_a_name_of_two_losses_is_their_sum():
    outputs, targets = batch()
    for name in ("focal_dice", "focal_lovasz", "cross_entropy_dice", "cross_entropy_lovasz"):
        first, _, second = name.rpartition("_")
        parts = value(first, outputs, targets) + value(second, outputs, targets)
        assert value(name, outputs, targets).item() == pytest.approx(parts.item(), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_pixels_without_an_answer_do_not_count(name):
    outputs, targets = batch()
    outputs.requires_grad_()
    value(name, outputs, targets, ordinal_weight=0.3, class_weight=WEIGHTS).backward()
    reached = (outputs.grad != 0).any(1)
    assert not reached[targets == IGNORED].any()
    assert reached[targets != IGNORED].all()


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_without_answers_has_no_loss_and_no_gradient(name):
    outputs, targets = batch()
    for ordinal_weight in (0.0, 0.3):
        shown = outputs.clone().requires_grad_()
        loss = value(name, shown, torch.full_like(targets, IGNORED), ordinal_weight=ordinal_weight)
        loss.backward()
        assert loss.shape == ()
        assert loss.item() == 0
        assert torch.equal(shown.grad, torch.zeros_like(outputs))


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_classes_that_do_not_count_has_no_loss_and_no_gradient(name):
    outputs, targets = batch()
    targets[targets != IGNORED] = 0
    for smoothing in (0.0,) if name in ("dice", "lovasz") else (0.0, 0.1):
        shown = outputs.clone().requires_grad_()
        loss = value(name, shown, targets, class_weight=(0, 1, 1), ordinal_weight=0.3, smoothing=smoothing)
        loss.backward()
        assert loss.item() == 0
        assert torch.equal(shown.grad, torch.zeros_like(outputs))


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_the_loss(name):
    outputs, targets = batch(dtype=torch.float64)
    smoothing = 0.0 if name in ("dice", "lovasz") else 0.1
    loss = make(LossOptions(name, 3, WEIGHTS, smoothing=smoothing, ordinal_weight=0.3))
    shown = outputs[:1, :, :2].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, targets[:1, :2]), (shown,))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", LOSSES)
def test_outputs_of_mixed_precision_are_added_up_in_single_precision(name, dtype):
    outputs, targets = (part.repeat(1, *[1] * (part.ndim - 3), 30, 30) for part in batch())
    low = outputs.to(dtype)
    with torch.autocast("cpu", torch.bfloat16):
        found = value(name, low, targets, ordinal_weight=0.3)
    expected = value(name, low.float(), targets, ordinal_weight=0.3)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_network_that_is_sure_and_wrong_has_a_number_for_a_loss(name):
    outputs, targets = batch()
    sure = (1e4 * outputs).requires_grad_()
    loss = value(name, sure, targets, gamma=0.5, ordinal_weight=0.3)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(sure.grad).all()


def test_the_outputs_of_a_patch_network_have_a_loss_too():
    outputs, targets = torch.randn(6, 3, 1, 1), torch.tensor([0, 1, 2, 0, 1, 2]).view(6, 1, 1)
    expected = cross_entropy(outputs[:, :, 0, 0], targets[:, 0, 0])
    assert value("cross_entropy", outputs, targets).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_weight": (1.0, 2.0)}, "2 class weights for 3 classes"),
        ({"class_weight": (1.0, -2.0, 1.0)}, "class weights are 1, -2, 1"),
        ({"class_weight": (0.0, 0.0, 0.0)}, "one of them above 0"),
        ({"class_weight": (1.0, float("nan"), 1.0)}, "finite numbers"),
        ({"gamma": -1.0}, "Gamma of the focal loss is -1"),
        ({"smoothing": 1.0}, "label smoothing is 1"),
        ({"name": "dice", "smoothing": 0.1}, "'dice' compares areas and knows no label smoothing"),
        ({"ordinal_weight": -0.3}, "ordinal weight is -0.3"),
        ({"name": "hinge"}, "loss 'hinge' is unknown. Choose one of: focal"),
    ],
)
def test_options_that_cannot_be_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        LossOptions(**{"name": "focal", "classes": 3, **options})
