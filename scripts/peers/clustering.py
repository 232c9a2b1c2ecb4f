"""The body of scripts/peers/clustering: takes turns between SciPy, scikit-learn and firecore, and compares."""
import csv
import gzip
import json
import math
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime

import numpy as np
import scipy
import sklearn
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

EARTH_RADIUS_M = 6_371_008.8
PIXEL_M = 375.0
# Equal pixels of full confidence and one time link within a fixed radius: twice the reach of one, and the gap of 400 m.
LINK_M = 2 * (PIXEL_M / 2 + PIXEL_M / math.sqrt(12)) + 400.0
BOX_M = 200e3
CONFIDENCE = {"l": 0.15, "low": 0.15, "n": 0.55, "nominal": 0.55, "h": 0.90, "high": 0.90}
SEASON = "real/detections_bulk/all_detections_merged.csv.gz"


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
    return int(connected_components(coo_matrix(links, shape=(len(at), len(at))), directed=False)[0])


def by_sklearn(places):
    at = np.radians(places[:, ::-1])
    scan = DBSCAN(eps=LINK_M / EARTH_RADIUS_M, min_samples=1, metric="haversine", algorithm="ball_tree")
    return int(scan.fit(at).labels_.max()) + 1


def main():
    program, folder, *sizes = sys.argv[1:]
    rounds = int(os.environ.get("ROUNDS", "15"))
    print(f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}; "
          f"{rounds} rounds, each method once a round; medians of processor time, in ms")
    print("| detections | fires | SciPy | DBSCAN | all at once | SciPy / it | one by one | SciPy / it |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in [int(size) for size in sizes if size] or [1_000, 10_000, 100_000]:
        compare(program, os.path.join(folder, f"points-{size}.f64"), size, rounds)
    season = os.path.join(os.environ.get("GUIRA_REFERENCE_DATA", "../shared/data"), SEASON)
    if os.path.exists(season):
        time_season(program, os.path.join(folder, "season.f64"), season, rounds)


class Ours:
    """firecore, which answers one method a line."""

    def __init__(self, program, path, rows):
        np.asarray(rows, "<f8").tofile(path)
        self.process = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, method):
        self.process.stdin.write(method + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(program, path, size, rounds):
    places = positions(size)
    rest = np.tile([1.0, PIXEL_M, 0.0], (size, 1))
    ours = Ours(program, path, np.column_stack([places, rest]))
    times_s = {"scipy": [], "dbscan": [], "bulk": [], "incremental": []}
    fires = set()
    for _ in range(rounds):
        for name, method in (("scipy", by_scipy), ("dbscan", by_sklearn)):
            started = time.process_time()
            fires.add(method(places))
            times_s[name].append(time.process_time() - started)
        for method in ("bulk", "incremental"):
            answer = ours.run(method)
            if abs(answer["link_m"] - LINK_M) > 1e-6:
                sys.exit(f"the radii differ: {LINK_M} and {answer['link_m']}")
            fires.add(answer["clusters"])
            times_s[method].append(answer["cpu_s"])
    ours.close()
    if len(fires) != 1:
        sys.exit(f"{size} detections: the numbers of fires differ: {sorted(fires)}")
    ms = {method: 1000 * statistics.median(times) for method, times in times_s.items()}
    bulk, one = ms["bulk"], ms["incremental"]
    print(
        f"| {size} | {fires.pop()} | {ms['scipy']:.2f} | {ms['dbscan']:.2f} | {bulk:.2f} | {ms['scipy'] / bulk:.1f} "
        f"| {one:.2f} | {ms['scipy'] / one:.1f} |"
    )


def time_season(program, path, season, rounds):
    """Files of two instruments, each row with its own pixel, confidence and time: no peer has such links."""
    with gzip.open(season, "rt") as text:
        rows = [detection(row) for row in csv.DictReader(text)]
    ours = Ours(program, path, rows)
    answers = {method: [ours.run(method) for _ in range(rounds)] for method in ("bulk", "incremental")}
    ours.close()
    fires = {answer["clusters"] for method in answers.values() for answer in method}
    if len(fires) != 1:
        sys.exit(f"the numbers of fires differ: {sorted(fires)}")
    bulk, one = [1000 * statistics.median(answer["cpu_s"] for answer in answers[method]) for method in answers]
    print(f"\n{len(rows)} rows of MODIS and VIIRS, {fires.pop()} fires: all at once {bulk:.0f} ms, one by one {one:.0f} ms")


def detection(row):
    at = row["acq_time"].replace(":", "").zfill(4)
    seconds = datetime.fromisoformat(f"{row['acq_date']}T{at[:2]}:{at[2:]}:00+00:00").timestamp()
    word = row["confidence"].lower()
    confidence = CONFIDENCE[word] if word in CONFIDENCE else float(word) / 100
    pixel_m = 1000 * math.sqrt(float(row["scan"]) * float(row["track"]))
    return [float(row["longitude"]), float(row["latitude"]), confidence, pixel_m, seconds]


if __name__ == "__main__":
    main()
