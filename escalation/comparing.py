"""How far two samples lie apart, with an interval that assumes no distribution: before and after, by ranks.

The estimate is that of Hodges and Lehmann: the median of all differences between a value after and one before. The
interval is Moses's, which inverts the Mann-Whitney test: the differences between which fewer than one in
1/(1 - confidence) of all ways to deal the values to two samples would leave the median. Ties make it wider, never
narrower. Nothing is drawn at random, so the same samples always give the same interval.
Source: Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 3rd ed. 2014, sections 4.1 to 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy

#: Values below which nothing is said, on either side.
LEAST = 8
#: Values, on both sides together, up to which the distribution is counted out; beyond, the normal one will do.
EXACT = 60
DIGITS = 4

Way = Literal["rose", "fell", "cannot_tell"]


@dataclass(frozen=True)
class Sample:
    """One side: how many values, their median and quartiles; None where there is no value."""

    n: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Shift:
    """What came after, less what was before. `low`, `high`: the interval; None where no interval is had."""

    before: Sample
    after: Sample
    difference: float | None
    low: float | None
    high: float | None
    confidence: float

    @property
    def way(self) -> Way:
        """Which way it went; cannot tell where the interval holds zero or is not had."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "cannot_tell"
        return "rose" if self.low > 0 else "fell"

    @property
    def too_few(self) -> bool:
        return min(self.before.n, self.after.n) < LEAST


def sample(values: Sequence[float]) -> Sample:
    if not len(values):
        return Sample(0, None, None, None)
    low, median, high = (float(one) for one in numpy.percentile(values, [25, 50, 75]))
    return Sample(len(values), round(median, DIGITS), round(low, DIGITS), round(high, DIGITS))


def shift(before: Sequence[float], after: Sequence[float], confidence: float = 0.95) -> Shift:
    """Return how far `after` lies from `before`; with fewer than `LEAST` values on a side without an interval."""
    one, other = sample(before), sample(after)
    if not one.n or not other.n:
        return Shift(one, other, None, None, None, confidence)
    x, y = numpy.sort(numpy.asarray(before, float)), numpy.sort(numpy.asarray(after, float))
    number = len(x) * len(y)
    middle = (_difference(x, y, (number + 1) // 2) + _difference(x, y, number // 2 + 1)) / 2
    low = high = None
    if min(one.n, other.n) >= LEAST:
        rank = _rank(one.n, other.n, (1 - confidence) / 2)
        if rank:
            low, high = _difference(x, y, rank), _difference(x, y, number + 1 - rank)
    return Shift(
        one,
        other,
        round(middle, DIGITS),
        None if low is None else round(low, DIGITS),
        None if high is None else round(high, DIGITS),
        confidence,
    )


def _difference(x: numpy.ndarray, y: numpy.ndarray, rank: int) -> float:
    """Return the `rank`-th smallest of all y - x, both sorted, by halving: no table of differences is made."""
    low, high = float(y[0] - x[-1]), float(y[-1] - x[0])
    if rank == 1:
        return low
    # The smallest t with at least `rank` differences up to t; 60 halvings leave 1e-18 of the span.
    for _step in range(60):
        t = (low + high) / 2
        if t in (low, high):
            break
        if int(numpy.searchsorted(y, x + t, side="right").sum()) >= rank:
            high = t
        else:
            low = t
    return high


def _rank(m: int, n: int, tail: float) -> int:
    """Return the rank of the smallest difference inside an interval that leaves `tail` on each side; 0: none is."""
    if m + n > EXACT:
        spread = sqrt(m * n * (m + n + 1) / 12)
        return max(0, int(m * n / 2 - 0.5 + NormalDist().inv_cdf(tail) * spread) + 1)
    sums, whole = _ways(min(m, n), max(m, n))
    reached = 0
    for u, ways in enumerate(sums):
        reached += ways
        if reached > tail * whole:
            return u
    return 0


@lru_cache(maxsize=256)
def _ways(m: int, n: int) -> tuple[tuple[int, ...], int]:
    """Return in how many ways the Mann-Whitney statistic of m and n values without ties comes to 0, 1, …, and in
    all: the coefficients of the Gaussian binomial, by the product of (1 - q^(n+i)) / (1 - q^i)."""
    found = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for at in range(m * n, n + i - 1, -1):
            found[at] -= found[at - n - i]
        for at in range(i, m * n + 1):
            found[at] += found[at - i]
    return tuple(found), sum(found)
