"""The body of scripts/peers/growth: takes turns between pyretechnics and ours, and compares.

This process stays small (no numpy): a child's largest memory counts from what its parent had.
"""
import json
import os
import random
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MEMBERS = 10
THREADS = 2
# How the service draws members: half-widths of the factors on wind and moisture, standard deviation of the wind's turn.
WIND_FRACTION, MOISTURE_FRACTION, TURN_SD_DEG = 0.2, 0.1, 10.0
RNG_SEED = 1


def main():
    guira, front, venv, *cases = sys.argv[1:]
    python = os.path.join(venv, "bin", "python")
    tools = {
        "guira": guira, "front": front, "python": python,
        "peer": [python, os.path.join(HERE, "growth_pyretechnics.py")],
    }
    version = "import importlib.metadata as m; print(m.version('pyretechnics'))"
    version = subprocess.run([python, "-c", version], check=True, capture_output=True, text=True).stdout.strip()
    rounds, of_ten = int(os.environ.get("ROUNDS", "7")), int(os.environ.get("ROUNDS_OF_TEN", "3"))
    print(f"pyretechnics {version}; {rounds} rounds, {of_ten} of {MEMBERS} members, each program once a round;", end=" ")
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the start")
    for name in [case for case in cases if case] or ["uniform", "mixed"]:
        folder = os.path.join(venv, "cases", name)
        if not os.path.exists(os.path.join(folder, "detection.geojson")):
            subprocess.run([python, os.path.join(HERE, "growth_cases.py"), name, folder], check=True)
        print(f"\n## {name}\n")
        one_member(tools, folder, rounds)
        ten_members(tools, folder, of_ten)


def one_member(tools, folder, rounds):
    """Solving alone, one core: both programs stay warm and take turns."""
    commands = {"pyretechnics": [*tools["peer"], folder], "ours": [tools["front"], "case", folder]}
    warm = {name: start(command) for name, command in commands.items()}
    arrivals = {name: os.path.join(folder, f"arrival-{name}.npy") for name in commands}
    answers = {name: [] for name in commands}
    for name, program in warm.items():
        ask(program, arrivals[name])
    for _ in range(rounds):
        for name, program in warm.items():
            answers[name].append(ask(program, ""))
    megabytes = {}
    for name, program in warm.items():
        program.stdin.close()
        megabytes[name] = os.wait4(program.pid, 0)[2].ru_maxrss / 1024
    times_s = {name: [answer["solve_s"] for answer in answers[name]] for name in commands}
    cells = {name: answers[name][0]["burned"] for name in commands}
    print("| one member, solving alone, one core | s, median | s, least | burned cells | ns a cell | largest memory, MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, times in times_s.items():
        median_s = statistics.median(times)
        ns = 1e9 * median_s / cells[name]
        print(f"| {name} | {median_s:.4f} | {min(times):.4f} | {cells[name]:,} | {ns:,.0f} | {megabytes[name]:.0f} |")
    print(f"\n{ratios(times_s, 'pyretechnics', 'ours')}\n")
    last = answers["pyretechnics"][0]
    compare = [tools["python"], os.path.join(HERE, "growth_compare.py"), folder, arrivals["pyretechnics"], arrivals["ours"]]
    subprocess.run([*compare, str(last["head_m_min"]), str(last["length_to_width"])], check=True)


def ten_members(tools, folder, rounds):
    """Whole processes from files to three percentiles, on two cores."""
    members = os.path.join(folder, "members.json")
    with open(members, "w") as file:
        json.dump(draws(), file)
    out = os.path.join(folder, "out")
    forecast = [
        tools["guira"], "forecast", "--detections", os.path.join(folder, "detection.geojson"), "--landscape",
        os.path.join(folder, "landscape"), "--weather", os.path.join(folder, "weather"), "--config",
        os.path.join(folder, "settings.toml"), "--method", "physx", "--members", str(MEMBERS), "--horizon", "12h",
        "--threads", str(THREADS), "--out", out,
    ]
    commands = {
        "pyretechnics, a pool of 2 processes": [*tools["peer"], folder, members, str(THREADS)],
        "ours, 2 threads": [tools["front"], "case", folder, members, str(THREADS)],
        "`guira forecast`, draws of its own": forecast,
    }
    walls_s = {name: [] for name in commands}
    cpus_s, megabytes, said = {name: [] for name in commands}, {}, {}
    for _ in range(rounds):
        for name, command in commands.items():
            wall_s, cpu_s, megabytes[name], said[name] = whole(command)
            walls_s[name].append(wall_s)
            cpus_s[name].append(cpu_s)
    print(f"\n| {MEMBERS} members, files to p10, p50, p90 | s, median | s, least | CPU s | largest memory, MiB | cells of p10, p50, p90 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, walls in walls_s.items():
        cells = percentile_cells(said[name], out)
        row = f"{statistics.median(walls):.3f} | {min(walls):.3f} | {statistics.median(cpus_s[name]):.2f}"
        print(f"| {name} | {row} | {megabytes[name]:.0f} | {', '.join(f'{count:,.0f}' for count in cells)} |")
    peer, *ours = commands
    print("\n" + "\n".join(ratios(walls_s, peer, name) for name in ours))
    print("\nA pool's memory is that of its largest process.")


def draws():
    """Wind factor, turn and moisture factor of each member."""
    rng = random.Random(RNG_SEED)

    def factor(half_width):
        return 1 + rng.uniform(-half_width, half_width)

    return [(factor(WIND_FRACTION), rng.gauss(0, TURN_SD_DEG), factor(MOISTURE_FRACTION)) for _ in range(MEMBERS)]


def percentile_cells(text, out):
    """What a program said, or what `guira forecast` wrote: areas of the last lead time, in cells."""
    if text.startswith("{"):
        return json.loads(text)["percentile_cells"]
    with open(os.path.join(out, "forecast.geojson")) as file:
        every = [feature["properties"] for feature in json.load(file)["features"]]
    last = max(properties["lead_time_s"] for properties in every)
    ha = {properties["percentile"]: properties["area_ha"] for properties in every if properties["lead_time_s"] == last}
    return [ha[percentile] / 0.09 for percentile in (10, 50, 90)]


def ratios(times_s, peer, name):
    of = [statistic(times_s[peer]) / statistic(times_s[name]) for statistic in (statistics.median, min)]
    return f"{name}: **{of[0]:.1f} times as fast** as {peer} (by the least times {of[1]:.1f})."


def start(command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(program, path):
    program.stdin.write(f"{path}\n")
    program.stdin.flush()
    return json.loads(program.stdout.readline())


def whole(command):
    """Wall and CPU in s, largest memory in MiB and standard output of a whole process and its children."""
    began_s = time.perf_counter()
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    text = program.stdout.read()
    _, status, usage = os.wait4(program.pid, 0)
    wall_s = time.perf_counter() - began_s
    if status != 0:
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {text}")
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


if __name__ == "__main__":
    main()
