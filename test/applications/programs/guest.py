"""What the drivers in Python share: the report that is judged. What a line says is told in test/guests/c/guest.h."""

import contextlib
import os
import subprocess
import sys
import time

MS = 1_000_000
# Real time that starting or ending a process may take on a busy machine.
PROCESS_NS = 150 * MS


def report(name, remark="", **values):
    """Prints one line; one write, so that lines of children do not mix."""
    words = [name, *(f"{key}={value}" for key, value in values.items())]
    line = " ".join(words) + (f" # {remark}" if remark else "")
    os.write(1, line.replace("\n", "|").encode() + b"\n")


def begin():
    report("begin", virtual_ns=time.monotonic_ns())


def end():
    report("end", virtual_ns=time.monotonic_ns())


def check(name, good, remark=""):
    report(name, str(remark), ok=int(bool(good)))


def duration(name, took_s, least_s, most_s=None, late_ns=0, **values):
    """A duration that may not fall below least_s, nor by much exceed most_s."""
    most_s = least_s if most_s is None else most_s
    report(
        name,
        perceived_ns=round(took_s * 1e9),
        expected_ns=round(most_s * 1e9),
        grain_ns=round((most_s - least_s) * 1e9),
        late_ns=late_ns,
        **values,
    )


@contextlib.contextmanager
def timed(name, least_s, most_s=None, late_ns=0):
    """Reports how long its body took; what the body puts into the dictionary must be the same natively and dilated."""
    values = {}
    start = time.monotonic()
    yield values
    duration(name, time.monotonic() - start, least_s, most_s, late_ns, **values)


def run(*command, **options):
    """Runs a program to its end; stdout and stderr as text."""
    return subprocess.run(command, capture_output=True, text=True, **options)


def wait_until(condition, limit_s=10.0, pause_s=0.002):
    """Waits until the condition holds; returns what it said last."""
    limit = time.monotonic() + limit_s
    while not (value := condition()) and time.monotonic() < limit:
        time.sleep(pause_s)
    return value


@contextlib.contextmanager
def running(*command, **options):
    """A server that ends with the block, whatever happens."""
    with open("server.log", "ab", buffering=0) as log:
        options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **options}
        server = subprocess.Popen(command, **options)
    try:
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def in_own_directory():
    """The directory that the test made for this run, and removes."""
    os.chdir(os.environ["TMPDIR"])


def words(text):
    """A text as one word, to be compared."""
    return "_".join(text.split()) or "-"


if __name__ == "__main__":
    sys.exit("not a program")
