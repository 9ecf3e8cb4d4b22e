# SPDX-License-Identifier: MIT
"""Several figures of one run, each with a limit of its own, as the one figure that measure.at_most judges."""


def share(**figures):
    """name=(figure, limit): the largest share that one of them has of its limit. Prints them all."""
    for name, (figure, limit) in figures.items():
        print(f"  {name.replace('_', ' ')}: {figure:.6g} (limit {limit:g})")
    return max(figure / limit for figure, limit in figures.values())
