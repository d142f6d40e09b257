"""ping: its pace, its time limit, and round trips by the stamps that the kernel puts on packets."""

import re

from guest import MS, PROCESS_NS, begin, check, duration, end, run, timed

begin()
with timed("ping_-c_3_-i_0.2", 0.4, late_ns=PROCESS_NS) as values:
    done = run("ping", "-n", "-c", "3", "-i", "0.2", "127.0.0.1")
    values["code"] = done.returncode
trips = [float(trip) for trip in re.findall(r"time=([\d.]+) ms", done.stdout)]
check("ping_round_trips", len(trips) == 3 and all(0 <= trip < 30 for trip in trips), done.stdout + done.stderr)
check("ping_does_not_complain", not done.stderr and "backwards" not in done.stdout, done.stderr)
total = int((re.search(r"time (\d+)ms", done.stdout) or [0, 0])[1])
duration("ping_total", total / 1e3, 0.399, 0.4, late_ns=30 * MS)
with timed("ping_-w", 1, late_ns=PROCESS_NS) as values:
    values["code"] = run("ping", "-q", "-i", "0.3", "-w", "1", "127.0.0.1").returncode
end()
