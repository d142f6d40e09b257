"""Leaves servers in the background, each of a session of its own, and ends."""

import os
import subprocess

from guest import in_own_directory, report, run, wait_until


def read_pid(name):
    def read():
        try:
            return int(open(name).read())
        except (FileNotFoundError, ValueError):
            return None

    return wait_until(read)


in_own_directory()
here = os.getcwd()
options = ["--port", "0", "--unixsocket", "redis.sock", "--save", "", "--daemonize", "yes"]
options += ["--pidfile", f"{here}/redis.pid"]
run("redis-server", *options, "--dir", here)
report("redis-server", pid=read_pid("redis.pid"))
with open("nginx.conf", "w") as file:
    file.write(
        f"pid {here}/nginx.pid; events {{}} http {{ access_log off; client_body_temp_path {here}/body; "
        f"proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi; "
        f"scgi_temp_path {here}/scgi; server {{ listen unix:{here}/nginx.sock; }} }}\n"
    )
run("nginx", "-p", here, "-c", "nginx.conf", "-e", f"{here}/error.log")
report("nginx", pid=read_pid("nginx.pid"))
name = ["tmux", "-S", f"{here}/tmux", "-f", "/dev/null"]
run(*name, "new-session", "-d", "sleep 100", env={**os.environ, "TERM": "xterm", "SHELL": "/bin/sh"})
report("tmux", pid=run(*name, "display-message", "-p", "#{pid}").stdout.strip())
report("sleep", pid=subprocess.Popen(["setsid", "sleep", "100"]).pid)
