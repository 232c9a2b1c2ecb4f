"""The body of scripts/peers/spread: takes turns between pyretechnics and guira spread, and compares."""
import csv
import importlib.metadata
import os
import shutil
import statistics
import subprocess
import sys
import time

import pyretechnics.fuel_models as fuel_models
import pyretechnics.surface_fire as surface_fire

DATA = "crates/firecore/tests/verification/data"
M_MIN_PER_MPH = 1609.344 / 60
FT_MIN_PER_M_MIN = 1 / 0.3048
MOISTURES = ["m_1h_pct", "m_10h_pct", "m_100h_pct", "m_herb_pct", "m_woody_pct"]
COLUMNS = ["fuel_model", *MOISTURES, "wind_mph", "wind_toward_deg", "slope_pct", "wind_limit"]
# Models whose live load pyretechnics takes for herbs.
LIVE_LOAD_DIFFERS = {"4", "5", "7", "10"}


def table(name):
    with open(os.path.join(DATA, name), newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def cases(count):
    """The burnable rows of the verification table with their midflame wind, over and over."""
    burnable = {row["code"] for row in table("fuel_models.csv") if row["burnable"] == "1"}
    rows = [dict(row, wind_mph=row["midflame_mph"]) for row in table("surface_spread_vectors.csv")]
    rows = [[row[column] for column in COLUMNS] for row in rows if row["fuel_model"] in burnable]
    return [rows[at % len(rows)] for at in range(count)], len(rows)


def by_pyretechnics(rows, models):
    """Rate of spread, m/min, of rows of numbers."""
    no_wind_no_slope = surface_fire.calc_surface_fire_behavior_no_wind_no_slope
    behavior = surface_fire.calc_surface_fire_behavior_max
    moisturize = fuel_models.moisturize
    rates = []
    for code, one, ten, hundred, herb, woody, wind_m_min, wind_from_deg, slope, limit in rows:
        moist = moisturize(models[code], (one, ten, hundred, 0.0, herb, woody))
        still = no_wind_no_slope(moist, 1.0)
        rates.append(behavior(still, wind_m_min, wind_from_deg, slope, 180.0, limit)["max_spread_rate"])
    return rates


def numbers(row):
    """A row of texts in pyretechnics' units. Upslope is north, so the slope faces south."""
    code, *moisture, wind_mph, toward_deg, slope_pct, limit = row
    moisture = [float(percent) / 100 for percent in moisture]
    wind_from_deg = (float(toward_deg) + 180) % 360
    wind_m_min = float(wind_mph) * M_MIN_PER_MPH
    return (int(code), *moisture, wind_m_min, wind_from_deg, float(slope_pct) / 100, limit == "1")


def file_to_file(path, out, models):
    with open(path, newline="") as file, open(out, "w", newline="") as result:
        reader, writer = csv.reader(file), csv.writer(result)
        writer.writerow([*next(reader), "ros_ft_min"])
        rows = list(reader)
        rates = by_pyretechnics(map(numbers, rows), models)
        writer.writerows([*row, rate * FT_MIN_PER_M_MIN] for row, rate in zip(rows, rates))


def timed(work, *arguments):
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def main():
    guira, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rounds = int(os.environ.get("ROUNDS", "7"))
    rows, distinct = cases(count)
    source, ours, theirs = (os.path.join(folder, name) for name in ("rows.csv", "guira.csv", "pyretechnics.csv"))
    with open(source, "w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    models = {int(row[0]): fuel_models.get_fuel_model(int(row[0])) for row in rows}
    prepared = [numbers(row) for row in rows]
    run = lambda command: subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    command = [guira, "spread", "--input", source, "--output", ours]
    turns = {
        "pyretechnics, calls alone": (by_pyretechnics, prepared, models),
        "pyretechnics, CSV to CSV": (file_to_file, source, theirs, models),
        "guira spread, CSV to CSV": (run, command),
    }
    if shutil.which("taskset"):
        turns["the same on one core"] = (run, ["taskset", "-c", "0", *command])
    walls_s = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            walls_s[name].append(timed(*turn))
    cores = len(os.sched_getaffinity(0))
    print(f"pyretechnics {importlib.metadata.version('pyretechnics')}; {count} rows, {distinct} of them distinct;", end=" ")
    print(f"{rounds} rounds, each once a round; {cores} cores")
    print("| | median s | rows/s | against the calls alone |")
    print("| --- | ---: | ---: | ---: |")
    medians_s = {name: statistics.median(walls) for name, walls in walls_s.items()}
    alone_s = medians_s["pyretechnics, calls alone"]
    for name, wall_s in medians_s.items():
        print(f"| {name} | {wall_s:.3f} | {count / wall_s:,.0f} | {alone_s / wall_s:.2f} |")
    compare(ours, by_pyretechnics(prepared[:distinct], models))


def compare(ours, theirs_m_min):
    """Relative differences of the rate of spread, over the distinct rows."""
    dynamic = {row["code"] for row in table("fuel_models.csv") if row["dynamic"] == "1"}
    groups = {}
    with open(ours, newline="") as file:
        for row, rate_m_min in zip(csv.DictReader(file), theirs_m_min):
            rate = float(row["ros_ft_min"])
            # What rounding leaves exactly at extinction is compared with nothing.
            if rate < 1e-9:
                continue
            place = "on slopes" if float(row["slope_pct"]) > 0 else "level"
            differs = row["fuel_model"] in dynamic or row["fuel_model"] in LIVE_LOAD_DIFFERS
            name = f"{place}, {'curing grass and models 4, 5, 7, 10' if differs else 'all other models'}"
            groups.setdefault(name, []).append(abs(rate_m_min * FT_MIN_PER_M_MIN / rate - 1))
    print("\n| rate of spread | rows | median difference | 90 % | largest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, differences in sorted(groups.items()):
        differences.sort()
        ninety = differences[int(0.9 * (len(differences) - 1))]
        median = statistics.median(differences)
        print(f"| {name} | {len(differences)} | {median:.1e} | {ninety:.1e} | {differences[-1]:.1e} |")
    if statistics.median(groups["level, all other models"]) > 1e-3:
        sys.exit("the rates differ where the equations are the same")


if __name__ == "__main__":
    main()
