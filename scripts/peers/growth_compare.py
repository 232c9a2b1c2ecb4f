"""How far the burned ground of two programs agrees, and on even ground how far each is from the exact ellipse.

usage: growth_compare.py FOLDER PEER.npy OURS.npy HEAD_M_MIN LENGTH_TO_WIDTH
"""
import json
import math
import os
import sys

import numpy as np


def main():
    folder, peer, ours, head_m_min, length_to_width = sys.argv[1:]
    with open(os.path.join(folder, "case.json")) as file:
        about = json.load(file)
    burned = {name: np.isfinite(np.load(path)) for name, path in (("pyretechnics", peer), ("ours", ours))}
    print(f"Burned by both over burned by either: {overlap(burned['pyretechnics'], burned['ours']):.4f}.")
    fuel, slope = (np.load(os.path.join(folder, f"{name}.npy")) for name in ("fuel", "slope"))
    if len(np.unique(fuel)) > 1 or slope.any():
        return
    exact, cells = ellipse(about, float(head_m_min), float(length_to_width), fuel.shape)
    print(f"The exact ellipse, by pyretechnics' rate and shape: {cells:,.0f} cells.\n")
    print("| against the ellipse | area, % | both over either |\n| --- | ---: | ---: |")
    for name, cells_burned in burned.items():
        print(f"| {name} | {100 * (cells_burned.sum() / cells - 1):+.2f} | {overlap(cells_burned, exact):.4f} |")


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def ellipse(about, head_m_min, length_to_width, shape):
    """Cells whose middles lie in the ellipse of a wind from the south, and its area in cells."""
    eccentricity = math.sqrt(1 - 1 / length_to_width**2)
    half_length_m = head_m_min * 60 * about["hours"] / (1 + eccentricity)
    row, col = np.mgrid[0 : shape[0], 0 : shape[1]]
    north_m = (row - (shape[0] - 1 - about["start_row"])) * about["cell_m"] - eccentricity * half_length_m
    east_m = (col - about["start_col"]) * about["cell_m"]
    inside = north_m**2 + (east_m * length_to_width) ** 2 <= half_length_m**2
    return inside, math.pi * half_length_m**2 / length_to_width / about["cell_m"] ** 2


if __name__ == "__main__":
    main()
