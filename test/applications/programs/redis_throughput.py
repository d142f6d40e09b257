"""What redis-benchmark perceives of a redis-server beside it."""

import os

from guest import in_own_directory, report, run, running, wait_until

SOCKET = "redis.sock"

in_own_directory()
options = ["--port", "0", "--unixsocket", SOCKET, "--save", "", "--appendonly", "no"]
with running("redis-server", *options):
    wait_until(lambda: run("redis-cli", "-s", f"{os.getcwd()}/{SOCKET}", "PING").stdout.strip() == "PONG")
    done = run("redis-benchmark", "-s", SOCKET, "-t", "get", "-n", "100000", "-c", "20", "--csv")
    row = next(line for line in done.stdout.splitlines() if line.startswith('"GET"'))
    report("GET", per_second=float(row.split('","')[1].strip('"')))
