"""examples/*.qz print what examples/expected/ says, compiled at both ends of the scale and interpreted."""
import shutil
import signal
import subprocess
import threading

from .core import ROOT, Skip, Test, environment, expect, expect_status, expect_text, quartz, run, scratch
from .programs import MODES, examples, execute

SECONDS = 60


def check(source, mode, stdin, expected):
    expect(expected.exists(), f"{expected.name} is missing in examples/expected/")
    result = execute(source, mode, stdin=stdin)
    expect_status(result, 0)
    expect_text(result.out, expected.read_text(), "output")


def curl(*words):
    """What curl prints; it may take its time, but not for ever."""
    return run("curl", "--silent", "--show-error", "--max-time", str(SECONDS), *words).out


def ask(root):
    """A program that knows nothing of Quartz asks."""
    expect(curl("-d", "milk", f"{root}/notes") == '{"id": 1, "text": "milk"}', "curl -d /notes")
    expect(curl(f"{root}/notes/1", f"{root}/notes") == '{"id": 1, "text": "milk"}[{"id": 1, "text": "milk"}]', "/notes")
    expect(curl("-H", "Transfer-Encoding: chunked", "-d", "tea", f"{root}/notes").startswith('{"id": 2'), "in chunks")
    expect(curl("-I", f"{root}/files/hello.qz").startswith("HTTP/1.1 200 OK\r\n"), "HEAD /files/hello.qz")
    expect(curl(f"{root}/files/hello.qz") == (ROOT / "examples/hello.qz").read_text(), "/files/hello.qz")
    expect("404" in curl("--path-as-is", f"{root}/files/../README.md"), "/files/../README.md")
    expect(curl("--http1.0", f"{root}/") == "<h1>Notes</h1>", "HTTP/1.0")


def serve_others():
    if not shutil.which("curl"):
        raise Skip("curl is not installed")
    with scratch() as folder:
        expect_status(quartz("build", "-O2", "examples/http_server.qz", "-o", f"{folder}/server"), 0)
        server = subprocess.Popen([f"{folder}/server", "0", "examples"], cwd=ROOT, env=environment({}), text=True,
                                  stdout=subprocess.PIPE)
        late = threading.Timer(SECONDS, server.kill)
        late.start()
        try:
            ask(server.stdout.readline().strip())
        finally:
            server.send_signal(signal.SIGTERM)
            rest = server.communicate()[0]
            late.cancel()
    expect(rest == "stopped\n" and server.returncode == 0, f"its end: {server.returncode} {rest!r}")


def tests(_session):
    yield Test("http_server and curl", serve_others)
    for source, stdin, expected in examples():
        for mode in MODES:
            yield Test(f"{source.stem} {mode}", lambda a=(source, mode, stdin, expected): check(*a))
