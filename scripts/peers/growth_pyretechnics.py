"""pyretechnics' side of scripts/peers/growth, by its public functions.

`FOLDER`: solves once for each line of standard input, which may name a file for the arrival times, and answers in JSON.
`FOLDER MEMBERS.json PROCESSES`: all members of the file in a pool, their arrival times reduced to p10, p50 and p90.
"""
import json
import multiprocessing
import os
import sys
import time

import numpy as np
import pyretechnics.eulerian_level_set as level_set
import pyretechnics.fuel_models as fuel_models
import pyretechnics.surface_fire as surface_fire
from pyretechnics.space_time_cube import SpaceTimeCube

KM_H_PER_MPH = 1.609344
WIND_10M_PER_20FT = 1.15
AS_GIVEN = (1.0, 0.0, 1.0)


def read(folder):
    with open(os.path.join(folder, "case.json")) as file:
        about = json.load(file)
    names = "slope aspect fuel ws wd m1 m10 m100".split()
    return about, {name: np.load(os.path.join(folder, f"{name}.npy")) for name in names}


def inputs(about, arrays, member):
    """Cubes of a member: factor on the wind, its turn clockwise in degrees, factor on every moisture."""
    wind_factor, turn_deg, moisture_factor = member
    shape = (len(arrays["ws"]), *arrays["slope"].shape)

    def cube(values):
        return SpaceTimeCube(shape, values if np.isscalar(values) else np.ascontiguousarray(values, np.float32))

    def moisture(percent):
        return cube(percent * moisture_factor / 100)

    return shape, {
        "slope": cube(arrays["slope"]),
        "aspect": cube(arrays["aspect"]),
        "fuel_model": cube(arrays["fuel"]),
        "canopy_cover": cube(0.0),
        "canopy_height": cube(0.0),
        "canopy_base_height": cube(0.0),
        "canopy_bulk_density": cube(0.0),
        "foliar_moisture": cube(1.0),
        "wind_speed_10m": cube(arrays["ws"] * (wind_factor * KM_H_PER_MPH * WIND_10M_PER_20FT)),
        "upwind_direction": cube((arrays["wd"] + turn_deg) % 360.0),
        "fuel_moisture_dead_1hr": moisture(arrays["m1"]),
        "fuel_moisture_dead_10hr": moisture(arrays["m10"]),
        "fuel_moisture_dead_100hr": moisture(arrays["m100"]),
        "fuel_moisture_live_herbaceous": moisture(about["live_herb_pct"]),
        "fuel_moisture_live_woody": moisture(about["live_woody_pct"]),
    }


def solve(about, arrays, member=AS_GIVEN):
    """Seconds of wall and of CPU, and arrival in min, NaN where nothing burned."""
    shape, cubes = inputs(about, arrays, member)
    start = shape[1] - 1 - about["start_row"], about["start_col"]
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    state = level_set.SpreadState(shape).ignite_cell(start)
    band = 60, about["cell_m"], about["cell_m"]
    spread = level_set.spread_fire_with_phi_field(cubes, state, band, 0, about["hours"] * 60)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    arrival = spread["spread_state"].get_full_matrices(["time_of_arrival"])["time_of_arrival"]
    return wall_s, cpu_s, arrival


def head(about, arrays):
    """Rate of the head in m/min and length over width of the first cell's first hour."""
    fuel = fuel_models.get_fuel_model(int(arrays["fuel"][0, 0]))
    percent = [arrays[name][0, 0, 0] for name in ("m1", "m10", "m100")]
    moisture = tuple(float(value) / 100 for value in (*percent, 0.0, about["live_herb_pct"], about["live_woody_pct"]))
    still = surface_fire.calc_surface_fire_behavior_no_wind_no_slope(fuel_models.moisturize(fuel, moisture), 1.0)
    wind_m_min = float(arrays["ws"][0, 0, 0]) * KM_H_PER_MPH * 1000 / 60
    midflame_m_min = surface_fire.calc_midflame_wind_speed(wind_m_min, fuel["delta"], 0.0, 0.0)
    fire = surface_fire.calc_surface_fire_behavior_max(still, midflame_m_min, 180.0, 0.0, 0.0)
    return fire["max_spread_rate"], fire["length_to_width_ratio"]


def serve(folder):
    about, arrays = read(folder)
    rate_m_min, length_to_width = head(about, arrays)
    for line in sys.stdin:
        wall_s, cpu_s, arrival = solve(about, arrays)
        if line.strip():
            np.save(line.strip(), np.where(np.isnan(arrival), np.inf, arrival * 60).astype(np.float32))
        answer = {"solve_s": wall_s, "cpu_s": cpu_s, "burned": int(np.isfinite(arrival).sum())}
        print(json.dumps({**answer, "head_m_min": rate_m_min, "length_to_width": length_to_width}), flush=True)


def one_of_many(job):
    folder, member = job
    return solve(*read(folder), member)[2].astype(np.float32)


def forecast(folder, members, processes):
    with open(members) as file:
        members = json.load(file)
    multiprocessing.set_start_method("spawn")
    with multiprocessing.Pool(processes) as pool:
        arrivals = pool.map(one_of_many, [(folder, member) for member in members], chunksize=1)
    stack = np.stack(arrivals)
    stack[np.isnan(stack)] = np.inf
    stack.sort(axis=0)
    # The k-th to burn: p10 is the ground that 90 % of the members burned.
    rank = {percentile: -(-len(members) * (100 - percentile) // 100) - 1 for percentile in (10, 50, 90)}
    cells = [int(np.isfinite(stack[rank[percentile]]).sum()) for percentile in (10, 50, 90)]
    print(json.dumps({"burned": int(np.isfinite(stack).sum()), "percentile_cells": cells}))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    else:
        forecast(sys.argv[1], sys.argv[2], int(sys.argv[3]))
