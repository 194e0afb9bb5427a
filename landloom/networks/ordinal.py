"""Classes in an order: cumulative logits that share one score (CORAL).

Cao, Mirjalili & Raschka 2020, Rank consistent ordinal regression for neural networks with application to age
estimation. The k-th of K - 1 outputs says whether the class is above k: P(y > k) = s(score + b_k), k = 0 … K - 2, with
s the logistic function.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


class Thresholds(nn.Module):
    """The biases b_0 ≥ b_1 ≥ … of the cumulative logits.

    The paper proves that they are in this order where the loss is lowest; on the way there they need not be. So each
    one is the one before less a softplus, and P(y > k) never grows with k.
    """

    def __init__(self, classes: int):
        super().__init__()
        # At first a score of 0 makes all classes equally likely.
        start = [math.log((classes - k) / k) for k in range(1, classes)]
        self.first = nn.Parameter(torch.tensor(start[:1]))
        # The inverse of softplus.
        self.steps = nn.Parameter(torch.tensor([math.log(math.expm1(a - b)) for a, b in pairwise(start)]))

    def biases(self) -> Tensor:
        """The biases (classes - 1,), none above the one before it."""
        return torch.cat([self.first, self.first - softplus(self.steps).cumsum(0)])

    def forward(self, score: Tensor) -> Tensor:
        """Cumulative logits (n, classes - 1, h, w) of scores (n, 1, h, w)."""
        return score + self.biases().view(1, -1, 1, 1)


def probabilities(cumulative: Tensor) -> Tensor:
    """P(y = k) (n, classes, h, w) of cumulative logits (n, classes - 1, h, w) that never grow along their axis.

    P(y = k) = s(a) - s(b) with a, b the logits of y > k - 1 and y > k, written as s(a) s(-b) (1 - exp(b - a)), which is
    never below 0 and keeps its digits where both are nearly 0 or 1.
    """
    at_least, not_above = cumulative.sigmoid(), (-cumulative).sigmoid()
    between = at_least[:, :-1] * not_above[:, 1:] * -torch.expm1(cumulative[:, 1:] - cumulative[:, :-1])
    return torch.cat([not_above[:, :1], between, at_least[:, -1:]], 1)
