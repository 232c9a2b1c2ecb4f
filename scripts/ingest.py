#!/usr/bin/env python3
"""Detections a second that a server acknowledges, kept in its file and in memory alone.

usage: scripts/ingest.py [GUIRA]     (the program; default: target/release/guira)

The senders are threads of this script on the same machine, and take a good part of it: what is told is the least that the server does.
"""
import datetime
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIRA = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HOME, "target/release/guira")
SECONDS = 6.0


def start(kind, folder):
    """A server and its address."""
    told = {"GUIRA_STORE__KIND": kind, "GUIRA_INPUTS__ONLINE__ENABLED": "false", "GUIRA_LOG__FORMAT": "json"}
    command = [GUIRA, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, **told}, text=True)
    address = next(event["address"] for event in map(json.loads, server.stderr) if event["message"] == "listening")
    threading.Thread(target=lambda: [None for _ in server.stderr], daemon=True).start()
    return server, address


def send(address, sender, rows, end, now, waits):
    """One connection, one request after the other."""
    connection, draw = http.client.HTTPConnection(address), random.Random(sender)
    place = sender * 10_000_000
    while time.time() < end:
        detections = []
        for place in range(place, place + rows):
            longitude, latitude = -119.0 + 0.0001 * place % 1.0 + 1e-9 * place, 34.5 + 0.03 * draw.random()
            detections.append({"source": "drone", "longitude": longitude, "latitude": latitude, "confidence": 0.9, "timestamp": now})
        place += 1
        body = json.dumps({"detections": detections})
        began = time.time()
        connection.request("POST", "/schedule", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 202:
            waits.append(time.time() - began)


def measure(kind, rows, senders):
    with tempfile.TemporaryDirectory() as folder:
        server, address = start(kind, folder)
        # Until the pace is measured.
        time.sleep(3.0)
        now, waits = datetime.datetime.now(datetime.timezone.utc).isoformat(), []
        began = time.time()
        threads = [threading.Thread(target=send, args=(address, sender, rows, began + SECONDS, now, waits)) for sender in range(senders)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        took_s = time.time() - began
        server.kill()
        server.wait()
        kept, waits = len(waits) * rows, sorted(waits)
        file = os.path.join(folder, "journal.redb")
        size = f", {os.path.getsize(file) / kept:.0f} bytes each" if os.path.exists(file) else ""
        middle, last = (1e3 * waits[int(len(waits) * share)] for share in (0.5, 0.99))
        print(f"{kind}, {rows} a request, {senders} connections: {kept / took_s:.0f} detections/s, p50 {middle:.1f} ms, p99 {last:.1f} ms{size}", flush=True)


for rows, senders in ((5, 16), (1000, 4)):
    for kind in ("memory", "embedded"):
        measure(kind, rows, senders)
