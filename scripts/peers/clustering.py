"""The body of scripts/peers/clustering: takes turns between SciPy and firecore, and compares."""
import json
import math
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import scipy
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

EARTH_RADIUS_M = 6_371_008.8
LINK_M = 1000.0
BOX_M = 200e3


def positions(count, rng_seed=1):
    """80 % in fires of about 50 (normal, 400 m), 20 % scattered, in a box of 200 km at 39 N 122 W."""
    rng = np.random.default_rng(rng_seed)
    in_fires = int(count * 0.8)
    fires = rng.uniform(0, BOX_M, (max(1, in_fires // 50), 2))
    near = fires[rng.integers(0, len(fires), in_fires)] + rng.normal(0, 400, (in_fires, 2))
    plane = np.vstack([near, rng.uniform(0, BOX_M, (count - in_fires, 2))])
    rng.shuffle(plane)
    degree_m = math.radians(1) * EARTH_RADIUS_M
    lon = -122.0 + plane[:, 0] / (degree_m * math.cos(math.radians(39.9)))
    return np.column_stack([lon, 39.0 + plane[:, 1] / degree_m])


def by_scipy(places):
    lon, lat = np.radians(places).T
    at = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    chord = 2 * math.sin(LINK_M / EARTH_RADIUS_M / 2)
    pairs = cKDTree(at).query_pairs(chord, output_type="ndarray")
    links = (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1]))
    return connected_components(coo_matrix(links, shape=(len(at), len(at))), directed=False)[0]


def main():
    program, folder, *sizes = sys.argv[1:]
    rounds = int(os.environ.get("ROUNDS", "15"))
    print(f"numpy {np.__version__}, scipy {scipy.__version__}; {rounds} rounds, each method once a round")
    print("| detections | fires | scipy ms | bulk ms | ratio | incremental ms | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in [int(size) for size in sizes if size] or [1_000, 10_000, 100_000]:
        compare(program, os.path.join(folder, f"points-{size}.f64"), size, rounds)


def compare(program, path, size, rounds):
    places = positions(size)
    places.astype("<f8").tofile(path)
    ours = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    walls_s = {"scipy": [], "bulk": [], "incremental": []}
    fires = set()
    for _ in range(rounds):
        started = time.perf_counter()
        fires.add(int(by_scipy(places)))
        walls_s["scipy"].append(time.perf_counter() - started)
        for method in ("bulk", "incremental"):
            ours.stdin.write(method + "\n")
            ours.stdin.flush()
            answer = json.loads(ours.stdout.readline())
            fires.add(answer["clusters"])
            walls_s[method].append(answer["wall_s"])
    ours.stdin.close()
    ours.wait()
    if len(fires) != 1:
        sys.exit(f"{size} detections: the numbers of fires differ: {sorted(fires)}")
    ms = {method: 1000 * statistics.median(walls) for method, walls in walls_s.items()}
    bulk, one = ms["bulk"], ms["incremental"]
    print(
        f"| {size} | {fires.pop()} | {ms['scipy']:.2f} | {bulk:.2f} | {ms['scipy'] / bulk:.1f} "
        f"| {one:.2f} | {ms['scipy'] / one:.1f} |"
    )


if __name__ == "__main__":
    main()
