"""A stranger to Guira: runs one member on a PhysX server with what the protocol says of itself, and nothing else.

usage: physx_client.py ADDRESS PROTO REQUEST

ADDRESS is the server's, PROTO the protocol's file, REQUEST a file that holds an encoded RunSimulationRequest. The messages
come twice, generated from the file and by the server's reflection, and have to be the same ones. Prints one JSON object.
"""
import hashlib
import importlib
import json
import math
import pathlib
import struct
import sys
import tempfile

import grpc
import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

SERVICE = "guira.physx.v1.PhysXSim"
WAIT_S = 60
MESSAGE_BYTES_MAX = 256 << 20


def generated(proto):
    """The modules that protoc makes of the protocol's file: messages and services."""
    folder = tempfile.mkdtemp(prefix="physx-")
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    proto = pathlib.Path(proto)
    arguments = ["protoc", f"-I{proto.parent}", f"-I{well_known}", f"--python_out={folder}"]
    status = protoc.main([*arguments, f"--grpc_python_out={folder}", proto.name])
    assert status == 0, f"needed code from {proto}, found protoc's status {status}"
    sys.path.insert(0, folder)
    return [importlib.import_module(f"{proto.stem}_pb2{kind}") for kind in ("", "_grpc")]


def bare(file):
    """What of a file binds: neither comments nor the JSON names that follow from the names."""
    copy = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(copy)
    copy.ClearField("source_code_info")

    def without_json_names(message):
        for field in message.field:
            field.ClearField("json_name")
        for inner in message.nested_type:
            without_json_names(inner)

    for message in copy.message_type:
        without_json_names(message)
    return copy


def methods(service):
    """What a service can be asked: names, types and which side streams."""
    copy = descriptor_pb2.ServiceDescriptorProto()
    service.CopyToProto(copy)
    return {
        method.name: (method.input_type, method.output_type, method.client_streaming, method.server_streaming)
        for method in copy.method
    }


def floats(data):
    """32-bit floats, little-endian."""
    return struct.unpack(f"<{len(data) // 4}f", data)


def window(tile):
    """Arrival times and intensities of a tile's window, rows of cells from north to south."""
    assert len(tile.span_first_col) == len(tile.span_cols) == tile.rows
    times, heat = floats(tile.arrival_s_f32), floats(tile.fireline_intensity_kw_m_f32)
    assert len(times) == len(heat) == sum(tile.span_cols)
    arrival_s = [[math.inf] * tile.cols for _ in range(tile.rows)]
    intensity_kw_m = [[0.0] * tile.cols for _ in range(tile.rows)]
    at = 0
    for row, (first, count) in enumerate(zip(tile.span_first_col, tile.span_cols)):
        assert first + count <= tile.cols
        arrival_s[row][first : first + count] = times[at : at + count]
        intensity_kw_m[row][first : first + count] = heat[at : at + count]
        at += count
    return arrival_s, intensity_kw_m


def sha256(data):
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def main(address, proto, request_file):
    """One run, from the first question to the last cell."""
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES_MAX)]
    with grpc.insecure_channel(address, options=options) as channel:
        messages, services = generated(proto)
        health = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=SERVICE), timeout=WAIT_S
        )

        database = ProtoReflectionDescriptorDatabase(channel)
        assert SERVICE in database.get_services()
        pool = descriptor_pool.DescriptorPool(database)
        service = pool.FindServiceByName(SERVICE)
        of_file = messages.DESCRIPTOR.services_by_name["PhysXSim"]
        assert methods(service) == methods(of_file), f"{methods(service)}\n{methods(of_file)}"
        assert bare(service.file) == bare(messages.DESCRIPTOR), "reflection and the file differ"
        run = service.methods_by_name["RunSimulation"]
        assert run.input_type.full_name == messages.RunSimulationRequest.DESCRIPTOR.full_name

        encoded = pathlib.Path(request_file).read_bytes()
        request = message_factory.GetMessageClass(run.input_type).FromString(encoded)
        call = channel.unary_unary(
            f"/{SERVICE}/{run.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(run.output_type).FromString,
        )
        result = call(request, timeout=WAIT_S).result
        tile = result.arrival

        stub = services.PhysXSimStub(channel)
        again = stub.RunSimulation(messages.RunSimulationRequest.FromString(encoded), timeout=WAIT_S).result.arrival
        assert again.SerializeToString(deterministic=True) == tile.SerializeToString(deterministic=True)
        about = stub.Describe(messages.DescribeRequest(), timeout=WAIT_S)

    arrival_s, intensity_kw_m = window(tile)
    burned = [
        heat
        for times, heats in zip(arrival_s, intensity_kw_m)
        for time_s, heat in zip(times, heats)
        if time_s <= request.scenario.horizon_s
    ]
    answer = {
        "health": health_pb2.HealthCheckResponse.ServingStatus.Name(health.status),
        "methods": sorted(methods(service)),
        "model": about.model,
        "version": about.version,
        "member": result.member,
        "window": [tile.first_row, tile.first_col, tile.rows, tile.cols],
        "arrival_s_sha256": sha256(tile.arrival_s_f32),
        "fireline_intensity_kw_m_sha256": sha256(tile.fireline_intensity_kw_m_f32),
        "span_first_col": list(tile.span_first_col),
        "span_cols": list(tile.span_cols),
        "burned_cells": len(burned),
        "fireline_intensity_kw_m_max": max(burned, default=0.0),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
