"""Numbers that compare two images, against the formulas of the papers written out pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from landloom.refinement import fidelity


@pytest.fixture
def pair():
    random = np.random.default_rng(1)
    image = random.random((4, 14, 17))
    return image, np.clip(image + random.normal(0, 0.1, image.shape), 0, 1)


def one_pixel(*bands: float) -> np.ndarray:
    return np.reshape(bands, (4, 1, 1)).astype(np.float32)


def test_psnr_is_that_of_a_hand_calculation():
    # All bands are off by 0.1: 10 log10(1 / 0.01) = 20 dB.
    flat = np.full((4, 8, 8), 0.5)
    assert fidelity.mse(flat, flat + 0.1) == pytest.approx(0.01)
    assert fidelity.psnr(flat, flat + 0.1) == pytest.approx(20)


def test_images_that_are_the_same_have_the_best_of_all_numbers(pair):
    found = fidelity.compare(pair[0], pair[0])
    assert found == fidelity.Fidelity(0, pytest.approx(1), 0, 0, 100, pytest.approx(1))


def test_ssim_is_the_formula_with_a_gaussian_window_at_each_place(pair):
    offsets = np.arange(-5, 6)
    weights = np.exp(-(offsets[:, np.newaxis] ** 2 + offsets**2) / (2 * 1.5**2))
    weights /= weights.sum()
    found = []
    for a, b in zip(*pair, strict=True):
        for row in range(14 - 10):
            for col in range(17 - 10):
                x, y = (v[row : row + 11, col : col + 11] for v in (a, b))
                mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
                var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
                both = (weights * (x - mean_x) * (y - mean_y)).sum()
                above = (2 * mean_x * mean_y + 0.0001) * (2 * both + 0.0009)
                found.append(above / ((mean_x**2 + mean_y**2 + 0.0001) * (var_x + var_y + 0.0009)))
    assert fidelity.ssim(*pair) == pytest.approx(np.mean(found), abs=1e-12)


def test_ssim_of_flat_images_is_that_of_their_means():
    # Without any variance only the first factor is left: (2 · 0.2 · 0.4 + C1) / (0.2² + 0.4² + C1).
    flat = np.full((4, 16, 16), 0.2)
    assert fidelity.ssim(flat, 2 * flat) == pytest.approx(0.1601 / 0.2001)


def test_ssim_of_an_image_smaller_than_its_window_is_known(pair):
    small, other = (image[:, :5, :7] for image in pair)
    assert fidelity.ssim(small, small) == pytest.approx(1)
    assert 0 < fidelity.ssim(small, other) < 1


def test_ndvi_rmse_is_that_of_a_hand_calculation():
    # NDVI 0.5 and 0, then 0.6 and 0.2: the differences are 0.5 and 0.4.
    before = np.concatenate([one_pixel(0, 0, 0.1, 0.3), one_pixel(0, 0, 0.1, 0.4)], axis=2)
    after = np.concatenate([one_pixel(0, 0, 0.2, 0.2), one_pixel(0, 0, 0.2, 0.3)], axis=2)
    assert fidelity.ndvi_rmse(before, after) == pytest.approx(math.sqrt((0.5**2 + 0.4**2) / 2), abs=1e-6)


def test_pixels_without_an_ndvi_do_not_count():
    before = np.concatenate([one_pixel(0, 0, 0.1, 0.3), one_pixel(0.3, 0.3, 0, 0)], axis=2)
    after = np.concatenate([one_pixel(0, 0, 0.2, 0.2), one_pixel(0.3, 0.3, 0.1, 0.5)], axis=2)
    assert fidelity.ndvi_rmse(before, after) == pytest.approx(0.5)
    assert math.isnan(fidelity.ndvi_rmse(before[..., 1:], after[..., 1:]))


def test_edge_correlation_is_pearsons_of_the_sobel_gradients(pair):
    def strengths(nir: np.ndarray) -> list[float]:
        padded, found = np.pad(nir, 1, mode="symmetric"), []
        across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        for row in range(nir.shape[0]):
            for col in range(nir.shape[1]):
                part = padded[row : row + 3, col : col + 3]
                found.append(math.hypot((across * part).sum(), (across.T * part).sum()))
        return found

    expected = np.corrcoef(strengths(pair[0][3]), strengths(pair[1][3]))[0, 1]
    assert fidelity.edge_correlation(*pair) == pytest.approx(expected)


def test_edges_of_flat_images_are_all_kept_and_those_of_one_flat_image_all_lost(pair):
    flat = np.full_like(pair[0], 0.3)
    assert fidelity.edge_correlation(flat, flat + 0.1) == 1
    assert fidelity.edge_correlation(pair[0], flat) == 0
    assert fidelity.edge_correlation(flat, pair[0]) == 0


def test_spectral_angle_is_that_of_a_hand_calculation():
    east, both = one_pixel(1, 0, 0, 0), one_pixel(0.5, 0.5, 0, 0)
    assert fidelity.spectral_angle(east, both) == pytest.approx(45)
    assert fidelity.spectral_angle(east, one_pixel(0, 0, 0, 0.2)) == pytest.approx(90)


def test_spectral_angle_does_not_see_brightness(pair):
    assert fidelity.spectral_angle(pair[0], pair[0] / 3) == pytest.approx(0, abs=1e-9)


def test_pixels_without_a_spectrum_have_no_angle():
    dark = one_pixel(0, 0, 0, 0)
    image, other = np.concatenate([dark, one_pixel(1, 0, 0, 0)], axis=2), np.ones((4, 1, 2))
    assert fidelity.spectral_angle(image, other) == pytest.approx(60)  # cos 60° = 1 / √4
    assert math.isnan(fidelity.spectral_angle(dark, dark))


def test_only_valid_pixels_count(pair):
    image, other = pair
    valid = np.zeros(image.shape[1:], bool)
    valid[:, :9] = True
    spoilt = np.where(valid, other, 0.77)
    for measure in (fidelity.mse, fidelity.psnr, fidelity.ndvi_rmse, fidelity.spectral_angle):
        assert measure(image, spoilt, valid) == pytest.approx(measure(image[..., :9], other[..., :9]))
    # Windows reach to the neighbours of a pixel that counts: here none of those is spoilt.
    valid[:, 3:] = False
    assert fidelity.edge_correlation(image, spoilt, valid) == fidelity.edge_correlation(image, other, valid)


def test_where_no_pixel_counts_nothing_is_known(pair):
    nothing = np.zeros(pair[0].shape[1:], bool)
    found = fidelity.compare(*pair, nothing)
    assert all(math.isnan(value) for value in vars(found).values())
