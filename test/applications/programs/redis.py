"""redis-server and its tools: expiry, blocking calls, its own measurements, all against one clock."""

import contextlib
import os
import socket
import time

from guest import MS, begin, check, duration, end, in_own_directory, run, running, timed, wait_until

SOCKET = "redis.sock"


class Client:
    """As much of the protocol as is needed here."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        # The file is there before the server listens.
        wait_until(lambda: self.socket.connect_ex(SOCKET) == 0)
        self.input = self.socket.makefile("rb")

    def ask(self, *words):
        words = [str(word).encode() for word in words]
        parts = [b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)]
        self.socket.sendall(b"".join(parts))
        return self.reply()

    def reply(self):
        line = self.input.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind in b"+-":
            return line.decode()
        if kind == b":":
            return int(rest)
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        return None if rest == b"-1" else self.input.read(int(rest) + 2)[:-2].decode()


def info(client):
    pairs = (line.split(":", 1) for line in client.ask("INFO").splitlines() if ":" in line)
    return dict(pairs)


def expiry(client, listener):
    listener.ask("SUBSCRIBE", "__keyevent@0__:expired")
    client.ask("SET", "k", "v", "PX", 300)
    start = time.monotonic()
    check("PTTL", 0 < client.ask("PTTL", "k") <= 300)
    wait_until(lambda: client.ask("GET", "k") is None, pause_s=0.001)
    duration("SET_PX_300", time.monotonic() - start, 0.298, 0.3)
    client.ask("SET", "k", "v", "PX", 200)
    with timed("expired_by_itself", 0.198, 0.31):  # ten times a second it looks for expired keys
        listener.reply()
        listener.reply()
    client.ask("SET", "k", "v", "EX", 100)
    time.sleep(0.2)
    left = client.ask("PTTL", "k")
    check("PTTL_counts_down", 99_700 <= left <= 99_802, left)
    check("EXPIRETIME", abs(client.ask("EXPIRETIME", "k") - time.time() - 99.8) < 1.1)


def blocking(client):
    with timed("BLPOP_0.25", 0.25, 0.36) as values:  # looked at ten times a second
        values["popped"] = client.ask("BLPOP", "nothing", 0.25)
    with timed("DEBUG_SLEEP_0.2", 0.2, late_ns=20 * MS):
        client.ask("DEBUG", "SLEEP", 0.2)
    took = int(client.ask("SLOWLOG", "GET", 1)[0][2])
    duration("SLOWLOG", took / 1e6, 0.2, late_ns=20 * MS)
    latest = {entry[0]: entry for entry in client.ask("LATENCY", "LATEST")}
    duration("LATENCY_LATEST", latest["command"][2] / 1e3, 0.199, 0.2, late_ns=20 * MS)
    check("LATENCY_stamp", abs(latest["command"][1] - time.time()) <= 2, latest["command"][1])


def clocks(client, started, start_wall):
    seconds, micros = map(int, client.ask("TIME"))
    check("TIME", abs(seconds + micros / 1e6 - time.time()) < 0.05)
    elapsed = time.monotonic() - started
    uptime = int(info(client)["uptime_in_seconds"])
    check("uptime_in_seconds", elapsed - 1.5 <= uptime <= elapsed + 1, f"{uptime} after {elapsed}")
    seen = int(info(client)["server_time_usec"]) / 1e6
    check("server_time_usec", start_wall < seen <= time.time() + 0.001, seen)
    cpu = float(info(client)["used_cpu_user"]) + float(info(client)["used_cpu_sys"])
    check("used_cpu", 0 <= cpu <= elapsed * 1.05, cpu)


def persistence(client):
    before = time.time()
    client.ask("BGSAVE")
    wait_until(lambda: info(client)["rdb_bgsave_in_progress"] == "0", pause_s=0.02)
    saved = client.ask("LASTSAVE")
    check("LASTSAVE", before - 1 <= saved <= time.time() + 1, saved)
    check("dump_is_not_from_the_future", before - 0.05 <= os.stat("dump.rdb").st_mtime <= time.time())


def tools():
    version = run("redis-cli", "-s", SOCKET, "PING")
    check("redis-cli", version.stdout.strip() == "PONG", version.stdout + version.stderr)
    start = time.monotonic()
    result = run("redis-benchmark", "-s", SOCKET, "-t", "set,get", "-n", "2000", "-c", "5", "--csv")
    elapsed = time.monotonic() - start
    rows = [line.strip('"').split('","') for line in result.stdout.splitlines()]
    rates = [float(row[1]) for row in rows if row[0] in ("SET", "GET")]
    perceived = sum(2000 / rate for rate in rates)
    # It counts whole milliseconds.
    check("redis-benchmark", len(rates) == 2 and perceived <= elapsed + 0.002, f"{rates}, {perceived} of {elapsed} s")


in_own_directory()
begin()
start_wall = time.time()
started = time.monotonic()
options = ["--port", "0", "--unixsocket", SOCKET, "--save", "", "--enable-debug-command", "yes"]
options += ["--notify-keyspace-events", "Ex", "--latency-monitor-threshold", "50", "--daemonize", "no"]
with running("redis-server", *options) as server:
    client = Client()
    listener = Client()
    expiry(client, listener)
    blocking(client)
    clocks(client, started, start_wall)
    persistence(client)
    tools()
    with contextlib.suppress(ConnectionError):
        client.ask("SHUTDOWN", "NOSAVE")
    check("ends_by_SHUTDOWN", server.wait(10) == 0)
end()
