# SPDX-License-Identifier: MIT
"""Figures of the measured part. Noise of the machine only makes them worse, so the best of a few tries is judged."""

TRIES = 3


def at_most(limit, measure, what):
    """Calls `measure` until its figure is at most `limit`, up to TRIES times; prints every figure."""
    figures = []
    while len(figures) < TRIES:
        figures.append(measure())
        print(f"{what}: {figures[-1]:.6g} (limit {limit:g})")
        if figures[-1] <= limit:
            return
    raise AssertionError(f"{what}: {', '.join(f'{figure:.6g}' for figure in figures)}; the limit is {limit:g}")
