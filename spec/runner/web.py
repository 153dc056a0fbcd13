"""examples/http_server.qz serves programs that know nothing of Quartz: curl asks for each thing once, wrk for one thing
as often as it can. When all have left, the server is told to end, and nothing that it allocated is left."""
import contextlib
import re
import shutil
import signal
import subprocess
import threading

from .core import ROOT, Counts, Skip, Test, environment, expect, expect_status, expect_text, quartz, run, scratch

SECONDS = 60
WRK = ["--threads", "2", "--connections", "8", "--duration", "2s", "--timeout", "10s"]


def need(program: str) -> None:
    if not shutil.which(program):
        raise Skip(f"{program} is not installed")


@contextlib.contextmanager
def served():
    """Where the example serves, for as long as the block lasts."""
    with scratch() as folder:
        expect_status(quartz("build", "-O2", "examples/http_server.qz", "-o", f"{folder}/server"), 0)
        server = subprocess.Popen([f"{folder}/server", "0", "examples"], cwd=ROOT, env=environment({"QUARTZ_LEAKS": "1"}),
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        late = threading.Timer(SECONDS, server.kill)
        late.start()
        try:
            yield server.stdout.readline().strip()
        finally:
            server.send_signal(signal.SIGTERM)
            rest, errors = server.communicate()
            late.cancel()
    expect(rest == "stopped\n" and server.returncode == 0, f"its end: {server.returncode} {rest!r}\n{errors}")
    expect_text(errors, "0 live objects\n", "what it says of itself")


# ── curl ────────────────────────────────────────────────────────────────────────────────────────────────────────────

def curl(*words, body=""):
    """What curl prints; it may take its time, but not for ever."""
    return run("curl", "--silent", "--show-error", "--max-time", str(SECONDS), *words, stdin=body).out


def status(*words, body=""):
    return curl("--output", "/dev/null", "--write-out", "%{http_code}", *words, body=body)


def ask(root):
    expect(curl("-d", "milk", f"{root}/notes") == '{"id": 1, "text": "milk"}', "curl -d /notes")
    expect(curl(f"{root}/notes/1", f"{root}/notes") == '{"id": 1, "text": "milk"}[{"id": 1, "text": "milk"}]', "/notes")
    expect(curl("-H", "Transfer-Encoding: chunked", "-d", "tea", f"{root}/notes").startswith('{"id": 2'), "in chunks")
    expect(curl("-H", "Expect: 100-continue", "-d", "x" * 5000, f"{root}/notes").startswith('{"id": 3'), "when told to")
    expect(curl("-I", f"{root}/files/hello.qz").startswith("HTTP/1.1 200 OK\r\n"), "HEAD /files/hello.qz")
    expect(curl(f"{root}/files/hello.qz") == (ROOT / "examples/hello.qz").read_text(), "/files/hello.qz")
    expect(curl("--http1.0", f"{root}/") == "<h1>Notes</h1>", "HTTP/1.0")
    expect(status("-X", "DELETE", f"{root}/notes/3") == "204", "DELETE /notes/3")
    expect(status("-d", " ", f"{root}/notes") == "422", "a note without a text")
    expect(status("-d", "@-", f"{root}/notes", body="x" * 1_100_000) == "413", "a note that is too large")
    expect(status("-H", f"A: {'b' * 20_000}", f"{root}/") == "431", "a header that is too large")


def climb(root):
    """No way leads out of the folder; `README.md` stands beside it."""
    for path in ("../README.md", "%2e%2e/README.md", "..%2fREADME.md", "%2e%2e%2fREADME.md", "expected/../../README.md",
                 "expected%2f..%2f..%2fREADME.md", "%252e%252e/README.md", "..%5cREADME.md", "/etc/passwd",
                 "%2fetc/passwd", "./hello.qz"):
        expect(status("--path-as-is", f"{root}/files/{path}") == "404", path)
    expect(status(f"{root}/files/hello.qz%00.txt") == "400", "NUL")


def serve_curl():
    need("curl")
    with served() as root:
        ask(root)
        climb(root)


# ── wrk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

def drive(url: str) -> float:
    """How many requests a second were answered; wrk speaks of errors only where there are some."""
    result = run("wrk", *WRK, url)
    expect_status(result, 0)
    rate = re.search(r"^Requests/sec: +([0-9.]+)$", result.out, re.MULTILINE)
    is_clean = "Socket errors" not in result.out and "Non-2xx" not in result.out
    expect(is_clean and bool(rate) and float(rate[1]) > 0, f"{url}\n{result}")
    return float(rate[1])


def serve_wrk():
    need("wrk")
    with served() as root:
        curl("-d", "milk", f"{root}/notes")
        rates = {path: drive(f"{root}{path}") for path in ("/notes", "/files/hello.qz")}
        expect(curl(f"{root}/notes") == '[{"id": 1, "text": "milk"}]', "what it knows afterwards")
    return Counts(passed=1, note=", ".join(f"{path} {rate:.0f} requests/s" for path, rate in rates.items()))


def tests(_session):
    yield Test("http_server and curl", serve_curl)
    yield Test("http_server and wrk", serve_wrk)
