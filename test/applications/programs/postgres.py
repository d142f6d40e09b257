"""PostgreSQL from initdb to a clean shutdown, with pgbench: timeouts, stamps, background processes."""

import datetime
import glob
import os
import re
import subprocess
import sys
import time

from guest import MS, PROCESS_NS, begin, check, duration, end, in_own_directory, report, run, timed, wait_until, words

MARK = "--answered--"


def find_programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if not found:
        sys.exit("PostgreSQL is not installed")
    os.environ["PATH"] = f"{found[-1]}:{os.environ['PATH']}"


def as_server(*command):
    """PostgreSQL refuses to be root."""
    if os.getuid() != 0:
        return command
    return ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command)


class Session:
    """One psql that stays connected: no process is started for a statement."""

    def __init__(self):
        self.psql = subprocess.Popen(
            as_server("psql", "-XAtq", "-h", os.getcwd(), "-d", "postgres"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def send(self, sql):
        self.psql.stdin.write(f"{sql};\n\\echo {MARK}\n")
        self.psql.stdin.flush()

    def answer(self):
        lines = []
        for line in self.psql.stdout:
            if line.strip() == MARK:
                break
            lines.append(line.strip())
        return "|".join(lines)

    def ask(self, sql):
        self.send(sql)
        return self.answer()

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def clocks(session):
    with timed("pg_sleep", 0.2):
        session.ask("SELECT pg_sleep(0.2)")
    sql = "SELECT extract(epoch FROM clock_timestamp()), pg_sleep(0.2), extract(epoch FROM clock_timestamp())"
    first, _, last = session.ask(sql).split("|")
    duration("clock_timestamp", float(last) - float(first), 0.2)
    before = time.time()
    seen = float(session.ask("SELECT extract(epoch FROM now())"))
    check("now", before - 0.001 <= seen <= time.time(), f"{seen} at {before}")
    analyzed = session.ask("EXPLAIN (ANALYZE, TIMING OFF) SELECT pg_sleep(0.1)")
    taken = float(re.search(r"Execution Time: ([\d.]+) ms", analyzed)[1])
    duration("EXPLAIN_ANALYZE", taken / 1e3, 0.1)


def timeouts(session):
    with timed("statement_timeout", 0.25) as values:
        values["error"] = words(session.ask("SET statement_timeout = 250; SELECT pg_sleep(9)"))
    session.ask("SET statement_timeout = 0")
    session.ask("CREATE TABLE locked (a int)")
    other = Session()
    other.ask("BEGIN; LOCK TABLE locked")
    with timed("lock_timeout", 0.2) as values:
        values["error"] = words(session.ask("BEGIN; SET lock_timeout = 200; LOCK TABLE locked"))
    session.ask("ROLLBACK")
    other.ask("SET idle_in_transaction_session_timeout = 200")
    with timed("idle_in_transaction_session_timeout", 0.198, 0.2, late_ns=20 * MS):
        wait_until(lambda: session.ask("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'") == "0")
    other.close()


def deadlock(session):
    other = Session()
    session.ask("CREATE TABLE x (a int); CREATE TABLE y (a int); SET lock_timeout = 0; SET deadlock_timeout = 300")
    other.ask("SET deadlock_timeout = 9000; BEGIN; LOCK TABLE x")
    session.ask("BEGIN; LOCK TABLE y")
    other.send("LOCK TABLE y")
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_until(lambda: session.ask(sql) == "1")
    with timed("deadlock_timeout", 0.3) as values:
        values["error"] = "deadlock_detected" if "deadlock detected" in session.ask("LOCK TABLE x") else "none"
    session.ask("ROLLBACK")
    other.answer()
    other.close()


def background(session):
    listed = session.ask("SELECT DISTINCT backend_type FROM pg_stat_activity ORDER BY 1").split("|")
    expected = ["autovacuum launcher", "background writer", "checkpointer", "walwriter"]
    check("background_processes", all(name in listed for name in expected), listed)
    start = time.time()
    session.ask("CREATE TABLE dust (a int); INSERT INTO dust SELECT generate_series(1, 500); DELETE FROM dust")
    sql = "SELECT extract(epoch FROM last_autovacuum) FROM pg_stat_user_tables WHERE relname = 'dust'"
    swept = wait_until(lambda: session.ask(sql), limit_s=8, pause_s=0.1)
    check("autovacuum", swept and start <= float(swept) <= time.time(), f"{swept}, from {start} to {time.time()}")


def pgbench():
    name = ("-h", os.getcwd(), "postgres")
    made = run(*as_server("pgbench", "-i", "-q", "-s", "1", *name))
    check("pgbench_initializes", made.returncode == 0, made.stderr[-300:])
    # At a rate the host can keep: 150 a second come at random, 450 in all. It ends when the next would come too late.
    with timed("pgbench_-T_3", 2.8, 3, late_ns=2 * PROCESS_NS):
        done = run(*as_server("pgbench", "-n", "-T", "3", "-R", "150", "-c", "2", "-j", "2", *name))
    count = int((re.search(r"transactions actually processed: (\d+)", done.stdout) or [0, 0])[1])
    report("pgbench_duration", duration=(re.search(r"duration: (\d+) s", done.stdout) or ["", "none"])[1])
    check("pgbench_rate", 330 <= count <= 570, f"{count} transactions; {done.stderr[-300:]}")
    tps = float((re.search(r"tps = ([\d.]+)", done.stdout) or [0, 0])[1])
    check("pgbench_tps", abs(tps - count / 3) <= count / 10, f"{tps} for {count} transactions in 3 s")


def log_stamps(start_wall):
    stamps = []
    for line in open("server.log"):
        found = re.match(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC", line)
        if found:
            stamps.append(datetime.datetime.fromisoformat(found[1] + "+00:00").timestamp())
    good = stamps and start_wall - 0.002 <= min(stamps) and max(stamps) <= time.time() + 0.002
    check("log_stamps", good, f"{start_wall}: {stamps[:1]} to {stamps[-1:]} at {time.time()}")


def settings():
    with open("data/postgresql.conf", "a") as file:
        file.write(
            f"listen_addresses = ''\nunix_socket_directories = '{os.getcwd()}'\nlog_line_prefix = '%m [%p] '\n"
            "log_timezone = 'UTC'\nfsync = off\nautovacuum_naptime = 1\nautovacuum_vacuum_threshold = 5\n"
            "autovacuum_vacuum_scale_factor = 0\nshared_buffers = 32MB\n"
        )


in_own_directory()
find_programs()
begin()
start_wall = time.time()
made = run(*as_server("initdb", "-D", "data", "-A", "trust", "-N", "--no-instructions"))
check("initdb", made.returncode == 0, made.stderr[-300:])
settings()
started = run(*as_server("pg_ctl", "start", "-w", "-D", "data", "-l", "server.log"), stdin=subprocess.DEVNULL)
check("pg_ctl_start", started.returncode == 0, started.stderr[-300:])
try:
    session = Session()
    clocks(session)
    timeouts(session)
    deadlock(session)
    background(session)
    pgbench()
    uptime = float(session.ask("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"))
    check("uptime", 0 < uptime <= time.time() - start_wall, uptime)
    session.close()
finally:
    stopped = run(*as_server("pg_ctl", "stop", "-m", "fast", "-w", "-D", "data"))
check("pg_ctl_stop", stopped.returncode == 0, stopped.stderr[-300:])
check("clean_shutdown", "database system is shut down" in open("server.log").read())
log_stamps(start_wall)
end()
