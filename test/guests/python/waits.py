"""Python's ways of waiting and of reading clocks."""

import asyncio
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time

MS = 1_000_000


def report(name, start, expected_ns, **values):
    took = time.monotonic_ns() - start
    rest = " ".join(f"{key}={value}" for key, value in values.items())
    print(f"{name} perceived_ns={took} expected_ns={expected_ns} {rest}", flush=True)


def check(name, good, remark):
    print(f"{name} ok={int(good)} # {remark}", flush=True)


def timed(name, expected_ms, call, **values):
    start = time.monotonic_ns()
    result = call()
    report(name, start, int(expected_ms * MS), result=result, **values)


def sockets():
    with socket.socketpair()[0] as sock:
        sock.settimeout(0.02)
        start = time.monotonic_ns()
        try:
            sock.recv(1)
        except TimeoutError:
            report("socket_timeout", start, 20 * MS)


def threads():
    lock = threading.Lock()
    lock.acquire()
    timed("lock", 20, lambda: lock.acquire(timeout=0.02))
    timed("event", 20, lambda: threading.Event().wait(0.02))
    condition = threading.Condition()
    with condition:
        timed("condition", 20, lambda: condition.wait(0.02))
    start = time.monotonic_ns()
    try:
        queue.Queue().get(timeout=0.02)
    except queue.Empty:
        report("queue", start, 20 * MS)
    done = threading.Event()
    start = time.monotonic_ns()
    threading.Timer(0.02, done.set).start()
    done.wait()
    report("timer", start, 20 * MS)


async def asynchronous():
    start = time.monotonic_ns()
    await asyncio.sleep(0.025)
    report("asyncio.sleep", start, 25 * MS, )
    start = time.monotonic_ns()
    await asyncio.gather(*(asyncio.sleep(0.001 * n) for n in range(1, 21)))
    report("asyncio.gather", start, 20 * MS)
    start = time.monotonic_ns()
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.02)
    except asyncio.TimeoutError:
        report("asyncio.wait_for", start, 20 * MS)
    start = time.monotonic_ns()
    process = await asyncio.create_subprocess_exec("sleep", "0.02")
    code = await process.wait()
    took = time.monotonic_ns() - start
    print(f"asyncio.child perceived_ns={took} expected_ns={20 * MS} late_ns={100 * MS} code={code}", flush=True)


def children():
    start = time.monotonic_ns()
    code = subprocess.run(["sleep", "0.02"], check=False).returncode
    print(f"subprocess perceived_ns={time.monotonic_ns() - start} expected_ns={20 * MS} late_ns={60 * MS} code={code}", flush=True)
    start = time.monotonic_ns()
    try:
        subprocess.run(["sleep", "5"], timeout=0.05, check=False)
    except subprocess.TimeoutExpired:
        print(f"subprocess.timeout perceived_ns={time.monotonic_ns() - start} expected_ns={50 * MS} late_ns={60 * MS}", flush=True)
    start = time.monotonic_ns()
    pid = os.fork()
    if pid == 0:
        time.sleep(0.01)
        os._exit(3)
    _, status, usage = os.wait4(pid, 0)
    report("fork", start, 10 * MS, status=status)
    check("fork.usage", 0 <= usage.ru_utime + usage.ru_stime < 0.1, f"{usage.ru_utime + usage.ru_stime}")


def signals():
    signal.signal(signal.SIGALRM, lambda *_: None)
    start = time.monotonic_ns()
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.03)  # taken up again after the handler
    report("sleep.interrupted", start, 30 * MS)
    signal.setitimer(signal.ITIMER_REAL, 3)
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    check("setitimer.old", 2.9 < left <= 3 and interval == 0, f"{left} {interval}")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    timed("sigtimedwait", 20, lambda: signal.sigtimedwait({signal.SIGALRM}, 0.02))


def clocks():
    wall, monotonic, counter = time.time(), time.monotonic(), time.perf_counter()
    time.sleep(0.04)
    passed = time.time() - wall, time.monotonic() - monotonic, time.perf_counter() - counter
    check("clocks", max(passed) - min(passed) < 0.005 and min(passed) >= 0.0399, f"{passed}")
    before = time.process_time()
    time.sleep(0.02)
    check("process_time", time.process_time() - before < 0.01, f"{time.process_time() - before}")


def main():
    print(f"begin virtual_ns={time.monotonic_ns()}", flush=True)
    timed("sleep", 25, lambda: time.sleep(0.025))
    timed("select", 20, lambda: select.select([], [], [], 0.02))
    timed("poll", 20, lambda: select.poll().poll(20))
    timed("epoll", 20, lambda: select.epoll().poll(0.02))
    sockets()
    threads()
    asyncio.run(asynchronous())
    children()
    signals()
    clocks()
    print(f"end virtual_ns={time.monotonic_ns()}", flush=True)


sys.exit(main())
