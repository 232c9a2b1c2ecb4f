#!/usr/bin/env python3
"""How far the surrogate is from PhysX on real ground: areas of both after 6 hours, from places 2 to 5 km apart.

usage: scripts/methods.py [GUIRA]     (the program; default: target/release/guira)

Reads the Thomas Fire's and the Glass Fire's landscapes and weather of the reference data (GUIRA_REFERENCE_DATA). PhysX is no truth either: what is
told is what a forecast by the surrogate may look like once PhysX replaces it.
"""
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIRA = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HOME, "target/release/guira")
FIRES = os.path.join(os.environ.get("GUIRA_REFERENCE_DATA", os.path.join(HOME, "../shared/data")), "real/fires")
GROUNDS = {
    "thomas_2017": ("2017-12-05T06:00Z", (34.34, 0.03), (-119.36, 0.05)),
    "glass_2020": ("2020-09-28T00:00Z", (38.48, 0.024), (-122.60, 0.03)),
}
ROWS, COLS = 6, 7
# Below it a fire has not left its start, ha.
SPREAD_HA = 1.0


def area_ha(method, lat, lon, fire, at, folder):
    """p50 after 6 hours."""
    command = [GUIRA, "forecast", "--at-point", f"{lat:.4f},{lon:.4f}", "--method", method, "--horizon", "6h", "--at", at]
    command += ["--offline", "--landscape", f"{FIRES}/{fire}/landscape", "--weather", f"{FIRES}/{fire}/weather", "--out", folder]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"^ +6 h +\S+ +(\S+) ", said, re.MULTILINE).group(1))


for fire, (at, (south, north_step), (west, east_step)) in GROUNDS.items():
    ratios, alone = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for place in range(ROWS * COLS):
            lat, lon = south + north_step * (place // COLS), west + east_step * (place % COLS)
            areas = [area_ha(method, lat, lon, fire, at, folder) for method in ("surrogate", "physx")]
            if min(areas) > SPREAD_HA:
                ratios.append(areas[0] / areas[1])
            alone += (areas[0] > SPREAD_HA) != (areas[1] > SPREAD_HA)
    ratios.sort()
    tenth = len(ratios) // 10
    near = sum(0.5 <= ratio <= 2.0 for ratio in ratios)
    typical = math.exp(math.sqrt(statistics.fmean(math.log(ratio) ** 2 for ratio in ratios)))
    print(
        f"{fire}: {ROWS * COLS} places, {len(ratios)} where both spread, {alone} where one does; surrogate / PhysX: median "
        f"{statistics.median(ratios):.2f}, 10 and 90 % {ratios[tenth]:.2g} and {ratios[-1 - tenth]:.2g}, "
        f"within a factor of two {near}, factor by root mean square {typical:.1f}"
    )
