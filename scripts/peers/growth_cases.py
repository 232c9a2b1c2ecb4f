"""The two cases of scripts/peers/growth, as arrays for both programs and as GeoTIFFs for `guira forecast`.

Both: 1000 x 1000 cells of 30 m, the fire begins in the middle cell, 12 hours, no canopy; weather by the hour (20-ft wind in mph,
the bearing it comes from, moisture in %) on cells 20 times as large, an hour's values for that hour. Rows of arrays go north.
uniform: grass (102) on level ground, 14 mph from the south. mixed: hills, nine fuels in patches with lakes and rock among them, wind
and moisture that change from hour to hour and from place to place. Fixed seed: the same arrays on every machine.
"""
import json
import os
import sys

import numpy as np

CELLS = 1000
CELL_M = 30.0
HOURS = 12
WEATHER_EDGE = 20
UTM_ZONE = 10
# The middle lies on the zone's meridian, where the grid's north is true north.
WEST_M = 500_000.0 - CELLS * CELL_M / 2
NORTH_M = 4_400_000.0 + CELLS * CELL_M / 2
START = "2026-08-01T12:00:00Z"
RNG_SEED = 20240607
# From the driest part of the patches' field to the other end.
FUELS = (183, 121, 101, 122, 102, 142, 104, 145, 165)
WATER, ROCK = 98, 99


class Noise:
    """White noise through a Gaussian filter with edges that join, of mean 0 and variance 1."""

    def __init__(self, rng_seed):
        self.rng = np.random.default_rng(rng_seed)

    def __call__(self, cells, sigma_cells):
        white = np.fft.fft2(self.rng.standard_normal((cells, cells)))
        frequency = np.fft.fftfreq(cells)
        squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
        smooth = np.fft.ifft2(white * np.exp(-2.0 * (np.pi * sigma_cells) ** 2 * squared)).real
        return (smooth - smooth.mean()) / smooth.std()


def uniform():
    hours = (HOURS + 1, CELLS // WEATHER_EDGE, CELLS // WEATHER_EDGE)
    level = np.zeros((CELLS, CELLS))
    ground = {"dem": level, "slope": level, "aspect": level, "fuel": np.full((CELLS, CELLS), 102.0)}
    values = {"ws": 14.0, "wd": 180.0, "m1": 4.0, "m10": 5.0, "m100": 6.0}
    return ground, {name: np.full(hours, value) for name, value in values.items()}, (30.0, 60.0)


def mixed():
    noise = Noise(RNG_SEED)
    dem = sum(height_m * noise(CELLS, sigma) for height_m, sigma in ((260, 60), (90, 24), (18, 8)))
    dem -= dem.min()
    north, east = np.gradient(dem, CELL_M)
    # Aspect looks downslope.
    aspect = np.degrees(np.arctan2(-east, -north)) % 360.0
    ground = {"dem": dem, "slope": np.hypot(east, north), "aspect": aspect, "fuel": patches(noise)}
    return ground, turning_weather(noise), (45.0, 80.0)


def patches(noise):
    """Fuels of equal shares along a smooth field, then lakes and rock, and grass where the fire begins."""
    field = noise(CELLS, 14) + 0.5 * noise(CELLS, 4)
    share = field.ravel().argsort().argsort().reshape(field.shape) / field.size
    fuel = np.array(FUELS, float)[np.minimum((share * len(FUELS)).astype(int), len(FUELS) - 1)]
    for code, sigma in ((WATER, 10), (ROCK, 5)):
        where = noise(CELLS, sigma)
        fuel[where > np.quantile(where, 0.985)] = code
    middle = slice(CELLS // 2 - 3, CELLS // 2 + 4)
    fuel[middle, middle] = 102
    return fuel


def turning_weather(noise):
    cells = CELLS // WEATHER_EDGE
    hour = np.arange(HOURS + 1)
    speed_mph = 19 + 4 * np.sin(2 * np.pi * (hour + 1) / 12) + 1.5 * np.cos(2 * np.pi * hour / 5)
    from_deg = 185 + 20 * hour + 25 * np.sin(2 * np.pi * hour / 6)
    moisture_pct = 5 - 1.5 * np.sin(2 * np.pi * (hour + 2) / 24)
    ws, wd, m1 = (np.empty((HOURS + 1, cells, cells)) for _ in range(3))
    for at in hour:
        ws[at] = np.maximum(1.0, speed_mph[at] * (1 + 0.12 * noise(cells, 6)))
        wd[at] = (from_deg[at] % 360.0 + 8.0 * noise(cells, 6)) % 360.0
        m1[at] = np.clip(moisture_pct[at] + 0.3 * noise(cells, 8), 2.0, 15.0)
    return {"ws": ws, "wd": wd, "m1": m1, "m10": m1 + 1, "m100": m1 + 2}


CASES = {"uniform": uniform, "mixed": mixed}


def write(name, folder):
    ground, weather, (live_herb_pct, live_woody_pct) = CASES[name]()
    for kind in ("landscape", "weather"):
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
    arrays = {key: np.ascontiguousarray(value, np.float32) for key, value in {**ground, **weather}.items()}
    for key, value in arrays.items():
        np.save(os.path.join(folder, f"{key}.npy"), value)
    about = {
        "hours": HOURS, "cell_m": CELL_M, "utm_zone": UTM_ZONE, "west_m": WEST_M, "north_m": NORTH_M, "start": START,
        # Row 500 from the south is row 499 from the north.
        "start_row": CELLS - 1 - CELLS // 2, "start_col": CELLS // 2,
        "live_herb_pct": live_herb_pct, "live_woody_pct": live_woody_pct,
    }
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump(about, file, indent=1)
    write_rasters(folder, arrays, about)


def write_rasters(folder, arrays, about):
    slope_deg = np.degrees(np.arctan(arrays["slope"]))
    for layer, values, kind in (
        ("dem", arrays["dem"], "float32"), ("slp", slope_deg, "float32"), ("asp", arrays["aspect"], "float32"),
        ("fbfm40", arrays["fuel"], "int16"),
    ):
        raster(os.path.join(folder, "landscape", f"{layer}.tif"), values[None], CELL_M, kind)
    # An hour's values hold around their valid time: that is its half.
    times = [f"2026-08-{1 + (12 + hour) // 24:02}T{(12 + hour) % 24:02}:30:00Z" for hour in range(HOURS + 1)]
    for layer in ("ws", "wd", "m1", "m10", "m100"):
        raster(os.path.join(folder, "weather", f"{layer}.tif"), arrays[layer], CELL_M * WEATHER_EDGE, "float32", times)
    with open(os.path.join(folder, "settings.toml"), "w") as file:
        live = about["live_herb_pct"] / 100, about["live_woody_pct"] / 100
        file.write(f"[inputs.live_fuel_moisture]\nherbaceous = {live[0]}\nwoody = {live[1]}\n")
        file.write("[physics]\ncrown_fire = \"off\"\nspotting = false\n")
    write_detection(folder, about)


def write_detection(folder, about):
    """One detection of one cell's size, in the middle cell."""
    from rasterio.warp import transform

    x = WEST_M + (about["start_col"] + 0.5) * CELL_M
    y = NORTH_M - (about["start_row"] + 0.5) * CELL_M
    (lon,), (lat,) = transform(f"EPSG:326{UTM_ZONE}", "EPSG:4326", [x], [y])
    properties = {"timestamp": START, "source": "satellite", "confidence": 0.9, "pixel_size_m": CELL_M}
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}
    with open(os.path.join(folder, "detection.geojson"), "w") as file:
        json.dump({"type": "FeatureCollection", "features": [feature]}, file)


def raster(path, bands, cell_m, kind, names=()):
    import rasterio
    from rasterio.transform import from_origin

    count, rows, cols = bands.shape
    place = from_origin(WEST_M, NORTH_M, cell_m, cell_m)
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=rows, width=cols, dtype=kind, crs=f"EPSG:326{UTM_ZONE}",
        transform=place, nodata=-9999,
    ) as file:
        file.write(bands[:, ::-1].astype(kind))
        for band, name in enumerate(names, 1):
            file.set_band_description(band, name)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
