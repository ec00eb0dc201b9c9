"""Recursive least squares with forgetting, of several targets on the same features.

The gain of a bar depends on its features alone, not on what came of it. So it is worked out once,
kept until a horizon has passed, and serves every horizon's target, and that of its error too.

Source: recursive least squares with exponential forgetting, e.g. Haykin, Adaptive Filter Theory,
chapter 10 (forgetting factor, gain vector k = P x / (f + x' P x), P <- (P - k x' P) / f).
"""

from operator import mul

RIDGE = 10.0  # P begins as the unit matrix over this: a young signal corrects little
TRACE_MAX = 1e6  # forgetting lets P grow where features stand still; it is held here


def dot(left: list[float], right: list[float]) -> float:
    """Return the inner product."""
    total: float = sum(map(mul, left, right))
    return total


class Gains:
    """The inverse of the features' weighted covariance, P."""

    __slots__ = ("_forget", "matrix")

    def __init__(self, size: int, forget: float) -> None:
        self._forget = forget
        self.matrix = [[1 / RIDGE if i == j else 0.0 for j in range(size)] for i in range(size)]

    def of(self, features: list[float]) -> list[float]:
        """Return the gain of these features, and count them."""
        seen = [dot(row, features) for row in self.matrix]
        scale = 1 / (self._forget + dot(seen, features))
        gain = [value * scale for value in seen]
        grows = 1 / self._forget
        self.matrix = [
            [(held - k * value) * grows for held, value in zip(row, seen, strict=True)]
            for k, row in zip(gain, self.matrix, strict=True)
        ]
        trace = sum(row[i] for i, row in enumerate(self.matrix))
        if trace > TRACE_MAX:
            less = TRACE_MAX / trace
            self.matrix = [[held * less for held in row] for row in self.matrix]
        return gain


def learned(weights: list[float], gain: list[float], error: float) -> list[float]:
    """Return weights moved by an error."""
    return [weight + error * k for weight, k in zip(weights, gain, strict=True)]
