"""Color of skin from its pigments: melanin and blood in, linear sRGB out, and back.

A two-layer Kubelka-Munk skin (60 µm epidermis with melanosomes over a dermis with blood, oxygen
saturation 0.75, D65) was held against Monte Carlo light transport, and its color fitted by a cubic
in the square roots of both volume fractions, ``x = √f_mel`` and ``y = √f_blood``::

    ln(R, G, B) = Σ c_ij x^i y^j

The fit is within ΔE 0.25 of the model it was fitted to, the model within 1.5 of Monte Carlo. Two
ratios of channels are free of exposure, so a mean color gives back both fractions and the exposure.

Limits: no carotene or bilirubin (real faces are 3 to 4 b* yellower), blood spread evenly, no light
from the surface. That glare makes photos of dark skin less colorful than dark skin is, by color
alone it would pass for lighter skin in deep shade. So the exposure is not wholly free.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..types import Matrix

__all__ = ["MAX_BLOOD", "MAX_MEL", "MIN_BLOOD", "MIN_MEL", "Skin", "invert_skin", "skin_rgb"]

# Volume fractions that the fit holds for.
MIN_MEL, MAX_MEL = 0.006, 0.32
MIN_BLOOD, MAX_BLOOD = 0.001, 0.05

# Powers of x and y, and the coefficients for R, G, B.
_POWERS = np.array([(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)])
_COEFFICIENTS = np.array(
    [
        (-0.4492, -0.3825, -0.4528),
        (-1.4248, -4.1598, -3.0698),
        (-5.1757, -11.2511, -8.5679),
        (11.0234, 33.2231, 23.2148),
        (-1.2449, -2.0971, -3.2198),
        (1.7655, 3.8322, 7.9342),
        (-0.6284, 0.3633, -2.1227),
        (-5.4641, -8.1718, -15.7692),
        (-0.4774, 0.6107, -0.0801),
        (2.6541, 5.1293, 16.4620),
    ]
)

# Exposure times shading. The cheeks of a studio set came out at 1.1 to 1.8 by color alone, those of
# its four darkest people at 0.3 to 0.5, where the color says tan and the light says dark skin.
MIN_SHADING, MAX_SHADING = 0.8, 2.5


@dataclass(frozen=True)
class Skin:
    """Pigments of one piece of skin and the light it was seen in.

    Attributes
    ----------
    f_mel, f_blood : float
        Volume fractions of melanosomes in the epidermis and of blood in the dermis.
    shading : float
        Exposure times shading, 1 = a perfectly lit and exposed surface.
    """

    f_mel: float
    f_blood: float
    shading: float = 1.0

    @property
    def rgb(self) -> Matrix:
        """Linear sRGB, shape (3,)."""
        return self.shading * skin_rgb(self.f_mel, self.f_blood)


def skin_rgb(f_mel: npt.ArrayLike, f_blood: npt.ArrayLike) -> Matrix:
    """Linear sRGB (D65) of evenly lit skin without glare.

    Parameters
    ----------
    f_mel, f_blood : array-like of one shape (...)
        Volume fractions; the fit holds for 0.006..0.32 and 0.001..0.05.

    Returns
    -------
    float64 array of shape (..., 3)
    """
    x, y = np.sqrt(np.asarray(f_mel, float)), np.sqrt(np.asarray(f_blood, float))
    i, j = _POWERS.T
    terms = x[..., None] ** i * y[..., None] ** j
    return np.asarray(np.exp(terms @ _COEFFICIENTS))


def invert_skin(rgb: npt.ArrayLike) -> Skin:
    """Find the pigments behind the mean color of a piece of skin.

    Two ratios of channels give both fractions, the rest is exposure. Where that needs an exposure
    or a color that skin does not have (dark skin under glare, a color cast), the nearest skin is
    returned: fractions and exposure are held within their ranges.

    Parameters
    ----------
    rgb : array-like of shape (3,)
        Linear sRGB, above 0.

    Returns
    -------
    Skin

    Raises
    ------
    ValueError
        Unless there are three values above 0.
    """
    color = np.asarray(rgb, float)
    if color.shape != (3,) or not (color > 0).all():
        raise ValueError(f"expected three linear values above 0, got {rgb!r}")
    target = np.log(color)
    x, y = _nearest_roots(target)
    log_shading, _ = _fit(target, np.array([[x, y]]))
    return Skin(float(x**2), float(y**2), float(np.exp(log_shading[0])))


def _nearest_roots(target: Matrix) -> Matrix:
    """Square roots of both fractions whose color is nearest to ``exp(target)``.

    A grid finds the basin, shrinking grids around the best point the minimum.
    """
    low = np.sqrt([MIN_MEL, MIN_BLOOD])
    high = np.sqrt([MAX_MEL, MAX_BLOOD])
    best, reach = (low + high) / 2, (high - low) / 2
    offsets = np.stack(np.meshgrid(*[np.linspace(-1, 1, 21)] * 2, indexing="ij"), -1).reshape(-1, 2)
    while reach.max() > 1e-9:
        roots = np.clip(best + offsets * reach, low, high)
        _, misfit = _fit(target, roots)
        best, reach = roots[misfit.argmin()], reach * 0.25
    return np.asarray(best)


def _fit(target: Matrix, roots: Matrix) -> tuple[Matrix, Matrix]:
    """Ln of the best exposure of each candidate (x, y), and what it leaves of the target."""
    difference = target - np.log(skin_rgb(roots[:, 0] ** 2, roots[:, 1] ** 2))
    log_shading = np.clip(difference.mean(axis=1), np.log(MIN_SHADING), np.log(MAX_SHADING))
    misfit = np.square(difference - log_shading[:, None]).sum(axis=1)
    return log_shading, misfit
