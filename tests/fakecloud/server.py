"""A provider as Terraform starts it: a gRPC server whose address stands on the first line of standard output."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent import futures

import grpc

from fakecloud import wire
from fakecloud.provider import Provider, Request
from fakecloud.schema import load

_SERVICE = "/tfplugin6.Provider/"
_PARENT_CHECK_SECONDS = 2.0


class _Handler(grpc.GenericRpcHandler):
    """Takes requests as bytes: nothing is generated, and nothing needs to be registered."""

    def __init__(self, provider: Provider, stop: threading.Event) -> None:
        self._provider = provider
        self._stop = stop

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        method = handler_call_details.method
        name = method.rsplit("/", 1)[1]
        if name == "Shutdown":
            return grpc.unary_unary_rpc_method_handler(self._shutdown)
        answer = self._provider.call(name) if method.startswith(_SERVICE) else None
        return None if answer is None else grpc.unary_unary_rpc_method_handler(_answering(answer))

    def _shutdown(self, _: bytes, __: grpc.ServicerContext) -> bytes:
        self._stop.set()
        return b""


def _answering(answer: Callable[[Request], wire.Fields]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def respond(request: bytes, _: grpc.ServicerContext) -> bytes:
        return wire.encode(answer(Request(wire.decode(request))))

    return respond


def serve(name: str) -> None:
    """Serve the cloud `name` until Terraform says goodbye, or is no longer there."""
    # As all providers do: Ctrl-C reaches the whole process group, and what is to be stopped, Terraform says.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop, parent = threading.Event(), os.getppid()
    handler = _Handler(Provider(load()[name]), stop)
    options = [("grpc.max_receive_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(10), handlers=[handler], options=options)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"1|6|tcp|127.0.0.1:{port}|grpc|", flush=True)
    while not stop.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != parent:
            break
    server.stop(0.2).wait()
