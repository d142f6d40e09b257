"""Runs a shell with job control on a terminal of its own: what comes in on standard input is typed, what the terminal shows
goes to standard output. Ends with the shell, or with standard input: then the terminal hangs up."""

import os
import pty
import select
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(PS1="ready> ", TERM="dumb", LC_ALL="C")
    os.execvp(sys.argv[1], sys.argv[1:])

typed = 0
while True:
    readable, _, _ = select.select([terminal, typed], [], [])
    if terminal in readable:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            break  # nobody has it open any more
        os.write(1, shown)
    if typed in readable:
        keys = os.read(typed, 65536)
        if not keys:
            break
        os.write(terminal, keys)
os.close(terminal)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
