# SPDX-License-Identifier: MIT
"""The two services that every gRPC server is expected to have: health and reflection."""

import queue

import grpc
import pytest
from google.protobuf import descriptor_pb2

from wire import chunk, fields

SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3
HEALTH = "/grpc.health.v1.Health/"
REFLECTION = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]
ALL_SERVICES = {"Procjon", "grpc.health.v1.Health", *REFLECTION}


def serving(answer):
    return fields(answer)[1][0]


@pytest.fixture
def check(agent):
    call = agent.channel.unary_unary(HEALTH + "Check", bytes, bytes)
    return lambda service: serving(call(chunk(1, service)))


@pytest.mark.parametrize("service", ["", "Procjon"])
def test_the_server_and_its_service_are_serving(check, service):
    assert check(service) == SERVING


def test_the_health_of_an_unknown_service_is_not_found(check):
    with pytest.raises(grpc.RpcError) as refusal:
        check("Nothing")
    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_watch_hears_at_once_and_again_when_the_server_drains(agent, procjon):
    watch = agent.channel.unary_stream(HEALTH + "Watch", bytes, bytes)(chunk(1, "Procjon"))
    assert serving(next(watch)) == SERVING
    procjon.stop()
    last_words = []
    with pytest.raises(grpc.RpcError) as end:
        last_words.extend(map(serving, watch))
    assert end.value.code() is grpc.StatusCode.UNAVAILABLE and last_words in ([], [NOT_SERVING])


def test_a_watch_of_an_unknown_service_says_so_and_stays_open(agent):
    watch = agent.channel.unary_stream(HEALTH + "Watch", bytes, bytes)(chunk(1, "Nothing"))
    assert serving(next(watch)) == SERVICE_UNKNOWN
    assert watch.is_active()
    watch.cancel()


@pytest.fixture(params=REFLECTION)
def reflect(agent, request):
    """A function on one open reflection stream: request bytes to response fields."""
    requests = queue.SimpleQueue()
    answers = agent.channel.stream_stream(f"/{request.param}/ServerReflectionInfo", bytes, bytes)(
        iter(requests.get, None))

    def ask(question):
        requests.put(question)
        answer = fields(next(answers))
        assert answer[2] == [question]  # original_request
        return answer

    yield ask
    requests.put(None)
    assert list(answers) == [] and answers.code() is grpc.StatusCode.OK


def test_reflection_lists_the_services(reflect):
    listed = fields(reflect(chunk(7, "*"))[6][0])[1]
    assert {fields(service)[1][0].decode() for service in listed} >= ALL_SERVICES


@pytest.mark.parametrize("symbol", sorted(ALL_SERVICES) + ["Service", "Procjon.RegisterService",
                                                          "Service.StatusesEntry"])
def test_reflection_describes_every_symbol_by_its_file(reflect, symbol):
    files = fields(reflect(chunk(4, symbol))[4][0])[1]
    file = descriptor_pb2.FileDescriptorProto.FromString(files[0])
    names = {f"{file.package}.{thing.name}".lstrip(".") for thing in [*file.service, *file.message_type]}
    assert symbol in names or symbol.rsplit(".", 1)[0] in names


def test_reflection_finds_a_file_by_name_and_does_not_invent_one(reflect):
    files = fields(reflect(chunk(3, "procjon.proto"))[4][0])[1]
    assert descriptor_pb2.FileDescriptorProto.FromString(files[0]).service[0].name == "Procjon"
    error = fields(reflect(chunk(3, "nothing.proto"))[7][0])
    assert error[1] == [grpc.StatusCode.NOT_FOUND.value[0]]
