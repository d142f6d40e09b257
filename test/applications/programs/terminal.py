"""Programs on a terminal: script, tmux, watch, top; and dd, which times itself."""

import os
import re
import subprocess
import time

from guest import MS, PROCESS_NS, begin, check, duration, end, in_own_directory, report, run, timed, wait_until


def script():
    with timed("script", 0.3, late_ns=PROCESS_NS) as values:
        code = "printf one; sleep 0.3; printf two; exit 7"
        done = run("script", "-q", "-e", "-T", "timing", "-c", code, "typescript", stdin=subprocess.DEVNULL)
        values["code"] = done.returncode
    # One line for each piece of output: what had passed since the last.
    rows = [line.split() for line in open("timing")]
    passed = sum(float(row[-2]) for row in rows)
    duration("script_timing", passed, 0.299, 0.3, late_ns=50 * MS)


def tmux():
    name = ["tmux", "-S", f"{os.getcwd()}/tmux", "-f", "/dev/null"]
    started = run(*name, "new-session", "-d", "-x", "80", "-y", "24", "sleep 0.2; date +%s%N > stamp; sleep 9")
    check("tmux", started.returncode == 0, started.stderr)
    try:
        with timed("tmux_run-shell_-d", 0.3, late_ns=PROCESS_NS):
            run(*name, "run-shell", "-d", "0.3", "true")
        created = int(run(*name, "display-message", "-p", "#{session_created}").stdout or 0)
        check("tmux_session_created", abs(created - time.time()) < 2.5, created)
        check("tmux_runs_a_program", wait_until(lambda: os.path.exists("stamp") and os.stat("stamp").st_size > 0))
        stamp = int(open("stamp").read() or 0) / 1e9
        check("tmux_program_agrees_on_the_time", time.time() - 3 < stamp <= time.time(), stamp)
    finally:
        run(*name, "kill-server")
    check("tmux_ends", wait_until(lambda: run(*name, "has-session").returncode != 0))


def watch():
    # Every 0.2 s, until the output changes: at first, at 0.2 s, and again as the file has grown.
    code = "watch -g -n 0.2 'printf x >> count; test $(stat -c %s count) -ge 4 && echo done || echo wait'"
    with timed("watch", 0.6, late_ns=2 * PROCESS_NS) as values:
        done = run("script", "-q", "-e", "-c", code, "/dev/null", stdin=subprocess.DEVNULL)
        values["code"] = done.returncode
    report("watch_ran", times=os.stat("count").st_size)


def top():
    # It waits for a moment before the first page, too.
    with timed("top", 0.5, 0.7, late_ns=2 * PROCESS_NS) as values:
        done = run("top", "-b", "-n", "2", "-d", "0.5", "-p", str(os.getpid()))
        values["code"] = done.returncode
    moments = re.findall(r"^top - (\d+:\d+:\d+)", done.stdout, re.M)
    now = time.strftime("%H:%M:%S")
    check("top_clock", len(moments) == 2 and moments[0] <= moments[1] <= now or now < "00:01", f"{moments} {now}")


def copying():
    with timed("dd", 0.3, late_ns=PROCESS_NS):
        done = run("bash", "-c", "(printf a; sleep 0.3; printf b) | LC_ALL=C dd of=/dev/null")
    told = float((re.search(r"copied, ([\d.e-]+) s", done.stderr) or [0, 0])[1])
    # It may have started later than what it reads from.
    duration("dd_tells", told, 0.25, 0.3, late_ns=50 * MS)


in_own_directory()
os.environ.update(TERM="xterm", SHELL="/bin/sh")
begin()
script()
tmux()
watch()
top()
copying()
end()
