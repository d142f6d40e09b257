"""curl and openssl: time limits, what they measure, and certificates that begin now."""

import re
import socket
import threading
import time

from guest import MS, PROCESS_NS, begin, check, duration, end, in_own_directory, run, running, timed, wait_until


def serve(delay_s):
    """A server of one answer after a while; returns its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept = []

    def answer():
        while True:
            client, _ = listener.accept()
            kept.append(client)
            client.recv(65536)
            if delay_s is not None:
                time.sleep(delay_s)
                client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")

    threading.Thread(target=answer, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def curl():
    silent, slow = serve(None), serve(0.3)
    with timed("curl_--max-time", 0.4, late_ns=PROCESS_NS) as values:
        values["code"] = run("curl", "-s", "--max-time", "0.4", silent).returncode
    done = run("curl", "-s", "-o", "/dev/null", "-w", "%{time_starttransfer} %{http_code}", slow)
    taken, status = done.stdout.split()
    duration("curl_time_starttransfer", float(taken), 0.3, late_ns=30 * MS, status=status)
    with timed("curl_--retry", 1, late_ns=2 * PROCESS_NS) as values:
        # Nobody listens there; the first retry comes after a second.
        values["code"] = run("curl", "-s", "--retry", "1", "--retry-connrefused", "http://127.0.0.1:1/").returncode


def openssl():
    made = run(
        *["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
        *["-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
    )
    check("openssl_req", made.returncode == 0, made.stderr)
    verified = run("openssl", "verify", "-CAfile", "cert.pem", "cert.pem")
    check("openssl_verify", verified.stdout.strip() == "cert.pem: OK", verified.stdout + verified.stderr)
    with timed("openssl_speed", 1, late_ns=2 * PROCESS_NS):
        done = run("openssl", "speed", "-elapsed", "-seconds", "1", "-bytes", "1024", "sha256")
    told = float((re.search(r"in ([\d.]+)s", done.stderr) or [0, 0])[1])
    check("openssl_speed_elapsed", 0.99 <= told <= 1.2, done.stderr[-200:])
    port = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{port.getsockname()[1]}"
    port.close()
    with running("openssl", "s_server", "-accept", address, "-cert", "cert.pem", "-key", "key.pem", "-www"):
        answered = wait_until(lambda: run("curl", "-sk", "--max-time", "3", f"https://{address}/").stdout)
        check("s_server_answers", "s_server" in answered, answered[:100])
        with timed("openssl_s_time", 1, 2.2, late_ns=PROCESS_NS) as values:  # it counts whole seconds
            done = run("openssl", "s_time", "-connect", address, "-new", "-time", "1", "-www", "/")
            values["code"] = done.returncode


in_own_directory()
begin()
curl()
openssl()
end()
