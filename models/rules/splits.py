"""Divides amounts so that nothing is lost and nothing is invented."""

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Shares of `total` (minor units, of either sign) in proportion to `weights`, by the largest remainder.

    The shares sum to `total` exactly; equal remainders go to the earlier share, so the result is deterministic.
    `split(100, [1, 1, 1])` is `[34, 33, 33]`. Weights are not negative; when all are zero the last share takes all.
    """
    if not weights:
        raise ValueError("nothing to split over")
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        return [0] * (len(weights) - 1) + [total]
    sign, amount = (-1, -total) if total < 0 else (1, total)
    shares = [amount * weight // whole for weight in weights]
    remainders = [amount * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return [sign * share for share in shares]


def split_in_steps(total: int, weights: Sequence[int], step: int) -> list[int]:
    """As `split`, in shares that are multiples of `step`. What of `total` is none goes to the last share."""
    if step == 1:
        return split(total, weights)
    sign, amount = (-1, -total) if total < 0 else (1, total)
    whole, rest = divmod(amount, step)
    shares = [share * step for share in split(whole, weights)]
    shares[-1] += rest
    return [sign * share for share in shares]


def basis_points(amount: int, rate_bp: int) -> int:
    """`rate_bp` hundredths of a per cent of a non-negative `amount`, half up: 6.5 % of 999 is 65."""
    return (amount * rate_bp + 5_000) // 10_000
