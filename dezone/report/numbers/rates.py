"""How a rate changed, and how surely: ratios of weekly counts with 95 % intervals.

The model is the quasi-Poisson one: a constant mean before, a constant mean after, and weeks that
vary more than a Poisson process does. Its estimate is in closed form, so that hundreds of
simulations take no time. With B incidents in n weeks before and A in m weeks after,

    log ratio = log((A + 1/2) / m) - log((B + 1/2) / n)
    variance  = dispersion * inflation * (1 / (A + 1/2) + 1 / (B + 1/2))

- The halves (Haldane 1956, Anscombe 1956) let a side be empty.
- `dispersion` is Pearson's chi-square over its degrees of freedom, n + m - 2 (McCullagh & Nelder
  1989, 4.5), never below 1: less variation than chance has to be luck.
- `inflation` allows for weeks that resemble their neighbours: the variance of a mean of n values
  with lag-one correlation r is 1 + 2 sum((1 - j / n) r^j) times that of independent ones
  (Bartlett 1946); r is estimated from the residuals, its bias of about -1 / n put right (Marriott
  & Pope 1954), and never below 0.2 nor above 0.8: sixteen weeks cannot show that they are
  independent, and those of wars are not. Correlated weeks also hide part of their variance from
  the dispersion, and count for fewer: both are put right.
- Quantiles are Student's, with the degrees of freedom divided by the inflation; those of the
  difference of two such are Satterthwaite's (1946).

``docs/report.md`` shows by simulation what other methods would have given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.errors import InputError, with_extra
from zones.arrays import Array

WEEKS = 8
"""So many weeks before an event, and so many from it on."""

LEAST_WEEKS = 4
"""With fewer whole weeks on a side nothing is estimated: they would not show how weeks vary."""

LEAST_INCIDENTS = 10
"""With fewer incidents before and after together nothing is estimated."""

LEVEL = 0.95
"""Of the intervals."""

_LEAST_CORRELATION = 0.2  # measured in the UCDP's Syria of 2016 and 2017: 0.14 to 0.27
_MOST_CORRELATION = 0.8


def require_scipy() -> None:
    """Raise an error that says how to install it, where the statistics library is missing."""
    try:
        import scipy.special  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"expected the package scipy for intervals, found none ({error}); "
            f"{with_extra('report')}."
        ) from error


@dataclass(frozen=True)
class Estimate:
    """Logarithms of k ratios, with what their intervals need.

    Attributes
    ----------
    log_ratio, variance, freedom : (k,) float
        The freedom is that of Student's distribution.
    dispersion : (k,) float
        Without the allowance for correlated weeks; at least 1.
    """

    log_ratio: Array
    variance: Array
    freedom: Array
    dispersion: Array

    @classmethod
    def of(cls, before: npt.ArrayLike, after: npt.ArrayLike) -> Estimate:
        """Return the change from some weeks to some others, for k series at a time.

        Parameters
        ----------
        before : (k, n) array of float
            Incidents of each week, oldest first; n and m at least 2.
        after : (k, m) array of float
        """
        sides = [np.atleast_2d(np.asarray(side, dtype=np.float64)) for side in (before, after)]
        weeks = [side.shape[1] for side in sides]
        sums = [side.sum(axis=1) for side in sides]
        means = [total / n for total, n in zip(sums, weeks, strict=True)]
        scaled = [
            (side - mean[:, None]) / np.sqrt(np.where(mean > 0, mean, 1.0))[:, None]
            for side, mean in zip(sides, means, strict=True)
        ]
        squares = sum((rest**2).sum(axis=1) for rest in scaled)
        neighbours = sum((rest[:, 1:] * rest[:, :-1]).sum(axis=1) for rest in scaled)
        freedom = sum(weeks) - 2
        length = sum(weeks) / 2
        correlation = neighbours / np.where(squares > 0, squares, 1.0) + 1 / length
        correlation = np.clip(correlation, _LEAST_CORRELATION, _MOST_CORRELATION)
        inflation = np.mean([_inflation(correlation, n) for n in weeks], axis=0)
        dispersion = squares / freedom
        hidden = (length - 1) / np.maximum(length - inflation, 1.0)
        spread = 1 / (sums[0] + 0.5) + 1 / (sums[1] + 0.5)
        return cls(
            log_ratio=np.log((sums[1] + 0.5) / weeks[1]) - np.log((sums[0] + 0.5) / weeks[0]),
            variance=np.maximum(dispersion * hidden, 1.0) * inflation * spread,
            freedom=freedom / inflation,
            dispersion=np.maximum(dispersion, 1.0),
        )

    def against(self, other: Estimate) -> Estimate:
        """Return these ratios divided by others that are independent of them."""
        variance = self.variance + other.variance
        freedom = variance**2 / (
            self.variance**2 / self.freedom + other.variance**2 / other.freedom
        )
        return Estimate(
            self.log_ratio - other.log_ratio, variance, freedom, np.full(len(variance), np.nan)
        )

    def interval(self) -> tuple[Array, Array]:
        """Return the lower and the upper ends of the intervals of the ratios."""
        from scipy.special import stdtrit  # what scipy.stats.t.ppf calls, without its import

        reach = stdtrit(self.freedom, (1 + LEVEL) / 2) * np.sqrt(self.variance)
        return np.exp(self.log_ratio - reach), np.exp(self.log_ratio + reach)


def _inflation(correlation: Array, weeks: int) -> Array:
    """Return by how much the variance of a mean of correlated weeks is larger."""
    lags = np.arange(1, weeks)
    powers = correlation[:, None] ** lags
    return np.asarray(1 + 2 * (powers * (1 - lags / weeks)).sum(axis=1))
