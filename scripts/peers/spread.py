"""The body of scripts/peers/spread: takes turns between pyretechnics, firecore and guira spread, and compares."""
import csv
import importlib.metadata
import json
import os
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


class Example:
    """firecore's own loop over rows in memory: a process that answers one way at a time with its wall time."""

    def __init__(self, program, path, rows):
        with open(path, "w") as file:
            for code, *moisture, wind_m_min, wind_from_deg, slope, limit in rows:
                toward_deg = (wind_from_deg + 180) % 360
                numbers = (code, *moisture, wind_m_min / 60, toward_deg, slope, int(limit))
                file.write(",".join(map(repr, numbers)) + "\n")
        self.process = subprocess.Popen([program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, way):
        self.process.stdin.write(way + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.rates_m_s = answer["sums"][0]
        return answer["wall_s"]


def timed(work, *arguments):
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def one_core(command):
    """The command held to one core, with what it takes with all."""
    return ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]


def main():
    guira, example, folder, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    rounds = int(os.environ.get("ROUNDS", "7"))
    rows, distinct = cases(count)
    names = ("rows.csv", "guira.csv", "guira-rates.csv", "pyretechnics.csv", "rows.txt")
    source, ours, rates, theirs, numbers_path = (os.path.join(folder, name) for name in names)
    with open(source, "w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    models = {int(row[0]): fuel_models.get_fuel_model(int(row[0])) for row in rows}
    prepared = [numbers(row) for row in rows]
    firecore = Example(example, numbers_path, prepared)
    guira_run = lambda command: timed(lambda: subprocess.run(command, check=True, stderr=subprocess.DEVNULL))
    every = [guira, "spread", "--input", source, "--output", ours]
    rate = [guira, "spread", "--input", source, "--output", rates, "--columns", "ros_ft_min"]
    # Name, against which of pyretechnics' two, and what takes the turn.
    alone, files = "pyretechnics, calls alone", "pyretechnics, CSV to CSV"
    turns = [
        (alone, alone, lambda: timed(by_pyretechnics, prepared, models)),
        ("firecore, exact, one core", alone, lambda: firecore.run("exact")),
        ("firecore, exact, all cores", alone, lambda: firecore.run("exact on all cores")),
        ("firecore, look-up table and exact moisture, one core", alone, lambda: firecore.run("table with moisture")),
        ("firecore, look-up table, moisture at hand, one core", alone, lambda: firecore.run("table")),
        (files, files, lambda: timed(file_to_file, source, theirs, models)),
        ("guira spread --columns ros_ft_min, one core", files, lambda: guira_run(one_core(rate))),
        ("guira spread --columns ros_ft_min, all cores", files, lambda: guira_run(rate)),
        ("guira spread, 39 columns, one core", files, lambda: guira_run(one_core(every))),
        ("guira spread, 39 columns, all cores", files, lambda: guira_run(every)),
    ]
    walls_s = {name: [] for name, _, _ in turns}
    for _ in range(rounds):
        for name, _, turn in turns:
            # Neither is charged for clearing away what the round before wrote.
            for path in filter(os.path.exists, (ours, rates, theirs)):
                os.remove(path)
            walls_s[name].append(turn())
    # For the comparison, after the turns that removed each other's files.
    guira_run(every)
    guira_run(rate)
    cores = len(os.sched_getaffinity(0))
    print(f"pyretechnics {importlib.metadata.version('pyretechnics')}; {count} rows, {distinct} of them distinct;", end=" ")
    print(f"{rounds} rounds, each once a round; {cores} cores\n")
    print("| | median, ms | rows/s | against pyretechnics' calls | against its CSV to CSV |")
    print("| --- | ---: | ---: | ---: | ---: |")
    medians_s = {name: statistics.median(walls) for name, walls in walls_s.items()}
    for name, like, _ in turns:
        # The ratio to what does the same is in bold.
        ratios = [(medians_s[peer] / medians_s[name], peer == like) for peer in (alone, files)]
        shown = " | ".join(f"**{ratio:.3g}**" if same else f"{ratio:.3g}" for ratio, same in ratios)
        print(f"| {name} | {1e3 * medians_s[name]:.1f} | {count / medians_s[name]:,.0f} | {shown} |")
    agree(ours, rates, firecore.rates_m_s)
    compare(ours, by_pyretechnics(prepared[:distinct], models))


def agree(ours, rates, firecore_m_s):
    """The three ways of ours must have computed the same."""
    for path in (ours, rates):
        with open(path, newline="") as file:
            ft_min = sum(float(row["ros_ft_min"]) for row in csv.DictReader(file))
        m_s = ft_min / FT_MIN_PER_M_MIN / 60
        if abs(m_s / firecore_m_s - 1) > 1e-9:
            sys.exit(f"the rates in {path} sum to {m_s} m/s, those in memory to {firecore_m_s}")


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
