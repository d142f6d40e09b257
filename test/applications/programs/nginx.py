"""nginx with two workers: its timeouts, its stamps, a reload by signal, and the user it becomes."""

import email.utils
import os
import signal
import socket
import threading
import time

from guest import begin, check, duration, end, in_own_directory, running, timed, wait_until

CONFIG = """
daemon off;
worker_processes 2;
pid nginx.pid;
error_log error.log notice;
{user}
events {{ worker_connections 64; }}
http {{
    log_format times '$msec $request_time $time_iso8601 $uri';
    access_log access.log times;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_timeout 400ms;
    client_header_timeout 300ms;
    server {{
        listen unix:{directory}/nginx.sock;
        location = /answer {{ return 200 "{answer}\\n"; }}
        location = /file {{ root {directory}; }}
        location = /silent {{ proxy_pass http://unix:{directory}/silent.sock; proxy_read_timeout 300ms; }}
        location = /slow {{ proxy_pass http://unix:{directory}/slow.sock; }}
    }}
}}
"""


# Timers count milliseconds from when the loop last looked at the clock.
GRAIN = 0.003


def configure(answer):
    user = "user www-data;" if os.getuid() == 0 else ""
    with open("nginx.conf", "w") as file:
        file.write(CONFIG.format(user=user, directory=os.getcwd(), answer=answer))


def connect():
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect("nginx.sock")
    return client


def request(client, uri, more=""):
    """One request; the answer's status, headers and body."""
    client.sendall(f"GET {uri} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            raise ConnectionError(data)
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += client.recv(65536)
    return int(lines[0].split()[1]), headers, body.decode()


def ask(uri):
    with connect() as client:
        return request(client, uri, "Connection: close\r\n")


def upstream(name, delay_s):
    """A server behind nginx that answers late, or accepts and says nothing."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    os.chmod(name, 0o777)
    listener.listen()
    kept = []

    def serve():
        while True:
            client, _ = listener.accept()
            kept.append(client)
            client.recv(65536)
            if delay_s is not None:
                time.sleep(delay_s)
                client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
                client.close()

    threading.Thread(target=serve, daemon=True).start()


def timeouts():
    with connect() as client:
        request(client, "/answer")
        with timed("keepalive_timeout", 0.4 - GRAIN, 0.4) as values:
            values["received"] = len(client.recv(1))
    with connect() as client:
        client.sendall(b"GET /answer HTTP/1.1\r\n")
        with timed("client_header_timeout", 0.3 - GRAIN, 0.3):
            while client.recv(4096):
                pass
    with timed("proxy_read_timeout", 0.3 - GRAIN, 0.3) as values:
        values["status"] = ask("/silent")[0]
    with timed("slow_answer", 0.25) as values:
        values["status"] = ask("/slow")[0]


def stamps(start_wall):
    status, headers, _ = ask("/file")
    stamp = email.utils.parsedate_to_datetime(headers["last-modified"]).timestamp()
    now = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    check("Date", abs(now - time.time()) < 1.2, f"{now} at {time.time()}")
    check("Last-Modified", status == 200 and start_wall - 1 <= stamp <= now, f"{stamp} at {now}")
    with connect() as client:
        again = request(client, "/file", f"If-Modified-Since: {headers['last-modified']}\r\n")[0]
    check("If-Modified-Since", again == 304, again)


def access_log(start_wall):
    wait_until(lambda: "/file" in open("access.log").read())
    rows = [line.split() for line in open("access.log")]
    moments = [float(row[0]) for row in rows]
    # Each of the two workers looks at the clock when its loop goes round, and writes what it saw then.
    steps = [after - before for before, after in zip(moments, moments[1:])]
    good = start_wall - 0.01 <= moments[0] and moments[-1] <= time.time() + 0.01 and min(steps) >= -0.02
    check("access_log_msec", good, f"{start_wall} to {time.time()}: {moments}")
    slow = next(float(row[1]) for row in rows if row[3] == "/slow")
    duration("access_log_request_time", slow, 0.249, 0.252)
    silent = next(float(row[1]) for row in rows if row[3] == "/silent")
    duration("access_log_request_time_504", silent, 0.297, 0.301)


def workers(server):
    path = f"/proc/{server.pid}/task/{server.pid}/children"
    return [int(pid) for pid in open(path).read().split()]


def users(server):
    found = set()
    for pid in workers(server):
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status"))
        found.add(status["Uid"].split()[1])
    return found


def privileges(server):
    """Workers give up root a moment after they were started."""
    good = wait_until(lambda: len(users(server)) == 1 and (users(server) != {"0"} or os.getuid() != 0))
    check("workers_are_another_user", good, users(server))


def reload(server):
    before = workers(server)
    configure("two")
    os.kill(server.pid, signal.SIGHUP)
    check("reload", wait_until(lambda: ask("/answer")[2] == "two\n"))
    check("old_workers_leave", wait_until(lambda: not set(before) & set(workers(server)), pause_s=0.02))


in_own_directory()
os.chmod(".", 0o755)
begin()
start_wall = time.time()
configure("one")
with open("file", "w") as file:
    file.write("text")
upstream("silent.sock", None)
upstream("slow.sock", 0.25)
with running("nginx", "-p", os.getcwd(), "-c", "nginx.conf", "-e", "error.log") as server:
    wait_until(lambda: os.path.exists("nginx.sock") and os.path.exists("nginx.pid"))
    check("answers", ask("/answer")[2] == "one\n")
    check("two_workers", wait_until(lambda: len(workers(server)) == 2))
    privileges(server)
    timeouts()
    stamps(start_wall)
    access_log(start_wall)
    reload(server)
    server.send_signal(signal.SIGQUIT)
    check("ends_by_SIGQUIT", server.wait(10) == 0)
    alerts = [line for line in open("error.log") if "[alert]" in line or "[crit]" in line or "[emerg]" in line]
    check("no_alerts", not alerts, alerts)
end()
