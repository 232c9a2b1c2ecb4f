"""Files for scripts/peers/inputs, and the server that gives ranges of them."""

import http.server
import os
import pathlib
import re
import sys

COG = ["COMPRESS=DEFLATE", "PREDICTOR=YES", "NUM_THREADS=ALL_CPUS"]


def make(source, folder):
    from osgeo import gdal

    gdal.UseExceptions()
    source, folder = pathlib.Path(source), pathlib.Path(folder)
    for name in ("landscape", "copernicus-glo-30", "worldcover"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for layer in sorted(source.glob("*.tif")):
        target = folder / "landscape" / layer.name
        gdal.Translate(str(target), str(layer), format="COG", creationOptions=COG + ["BLOCKSIZE=512"])

    name = "Copernicus_DSM_COG_10_N34_00_W120_00_DEM"
    (folder / "copernicus-glo-30" / name).mkdir(exist_ok=True)
    warped = gdal.Warp(
        "", str(source / "dem.tif"), format="MEM", dstSRS="EPSG:4326", outputBounds=(-120, 34, -119, 35),
        width=3600, height=3600, resampleAlg="bilinear", outputType=gdal.GDT_Float32, dstNodata=-32767,
    )
    target = folder / "copernicus-glo-30" / name / f"{name}.tif"
    gdal.Translate(str(target), warped, format="COG", creationOptions=COG + ["BLOCKSIZE=1024"])

    fuel = gdal.Open(str(source / "fbfm40.tif"))
    classes = gdal.GetDriverByName("MEM").CreateCopy("", fuel)
    band = classes.GetRasterBand(1)
    codes = band.ReadAsArray()
    # Grass, shrub, tree, built-up, water, bare: WorldCover's product user manual.
    legend = [(101, 130, 30), (131, 160, 20), (161, 210, 10), (91, 91, 50), (98, 98, 80), (92, 99, 60)]
    land = codes * 0
    for low, high, value in legend:
        land[(codes >= low) & (codes <= high) & (land == 0)] = value
    band.WriteArray(land)
    band.SetNoDataValue(0)
    warped = gdal.Warp(
        str(folder / "worldcover.vrt.tif"), classes, dstSRS="EPSG:4326", outputBounds=(-120, 33, -117, 36),
        width=36000, height=36000, resampleAlg="near", outputType=gdal.GDT_Byte, dstNodata=0,
        creationOptions=["COMPRESS=ZSTD", "TILED=YES"],
    )
    target = folder / "worldcover" / "ESA_WorldCover_10m_2021_v200_N33W120_Map.tif"
    gdal.Translate(
        str(target), warped, format="COG", creationOptions=COG + ["BLOCKSIZE=1024", "OVERVIEW_RESAMPLING=NEAREST"],
    )
    del warped
    os.remove(folder / "worldcover.vrt.tif")
    (folder / "made").touch()


class Ranges(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = "."

    def do_GET(self):
        path = pathlib.Path(self.folder) / self.path.lstrip("/")
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        size = path.stat().st_size
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        last = min(int(wanted[2]), size - 1) if wanted and wanted[2] else size - 1
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", "image/tiff")
        self.send_header("ETag", '"1"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        with path.open("rb") as file:
            file.seek(first)
            self.wfile.write(file.read(last - first + 1))

    def log_message(self, *_):
        pass


def serve(folder):
    Ranges.folder = folder
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"make": make, "serve": serve}[sys.argv[1]](*sys.argv[2:])
