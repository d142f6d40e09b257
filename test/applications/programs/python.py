"""Python's own ways to tell the time and to wait."""

import asyncio
import queue
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time

from guest import MS, PROCESS_NS, begin, check, duration, end, timed


def clocks():
    start = {name: time.clock_gettime(getattr(time, name)) for name in CLOCKS}
    with timed("time.sleep", 0.15):
        time.sleep(0.15)
    for name in CLOCKS:
        duration(name, time.clock_gettime(getattr(time, name)) - start[name], 0.15)
    apart = time.time() - time.clock_gettime(time.CLOCK_REALTIME)
    check("time.time_agrees_with_CLOCK_REALTIME", abs(apart) < 0.05, apart)
    localtime = time.mktime(time.localtime())
    check("localtime", abs(localtime - time.time()) < 2, localtime)


CLOCKS = ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW", "CLOCK_TAI"]


def waits():
    left, right = socket.socketpair()
    with timed("select.select", 0.05):
        select.select([left], [], [], 0.05)
    poller = select.poll()
    poller.register(left, select.POLLIN)
    with timed("select.poll", 0.05):
        poller.poll(50)
    with select.epoll() as epoll, timed("select.epoll", 0.05):
        epoll.register(left, select.EPOLLIN)
        epoll.poll(0.05)
    with selectors.DefaultSelector() as selector, timed("selectors", 0.05):
        selector.register(left, selectors.EVENT_READ)
        selector.select(0.05)
    left.settimeout(0.05)
    with timed("socket.settimeout", 0.05) as values:
        try:
            left.recv(1)
        except TimeoutError:
            values["error"] = "TimeoutError"
    with timed("signal.sigtimedwait", 0.05):
        signal.sigtimedwait([signal.SIGUSR1], 0.05)
    left.close()
    right.close()


def threads():
    with timed("Lock.acquire", 0.05) as values:
        lock = threading.Lock()
        lock.acquire()
        values["got"] = lock.acquire(timeout=0.05)
    with timed("Event.wait", 0.05):
        threading.Event().wait(0.05)
    condition = threading.Condition()
    with timed("Condition.wait", 0.05), condition:
        condition.wait(0.05)
    with timed("Queue.get", 0.05):
        try:
            queue.Queue().get(timeout=0.05)
        except queue.Empty:
            pass
    thread = threading.Thread(target=time.sleep, args=(0.15,))
    start = time.monotonic()
    thread.start()
    with timed("Thread.join(timeout)", 0.05):
        thread.join(0.05)
    thread.join()
    duration("Thread.join", time.monotonic() - start, 0.15)
    fired = threading.Event()
    timer = threading.Timer(0.05, fired.set)
    with timed("threading.Timer", 0.05):
        timer.start()
        fired.wait()


def signals():
    caught = []
    signal.signal(signal.SIGALRM, lambda *_: caught.append(time.monotonic()))
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.03)
    while len(caught) < 4:
        signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
    duration("setitimer.first", caught[0] - start, 0.05)
    duration("setitimer.fourth", caught[3] - start, 0.14)
    # PEP 475: a sleep goes on after a signal's handler.
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    with timed("sleep_goes_on_after_a_signal", 0.1):
        time.sleep(0.1)


def processes():
    with timed("subprocess.timeout", 0.2, late_ns=PROCESS_NS) as values:
        try:
            subprocess.run(["sleep", "5"], timeout=0.2)
        except subprocess.TimeoutExpired:
            values["error"] = "TimeoutExpired"
    with timed("subprocess.communicate", 0.2, late_ns=PROCESS_NS) as values:
        child = subprocess.Popen(["sleep", "5"], stdout=subprocess.PIPE)
        try:
            child.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            values["error"] = "TimeoutExpired"
    child.kill()
    child.communicate()
    code = "import time; time.sleep(0.2)"
    with timed("a_child_sleeps", 0.2, late_ns=2 * PROCESS_NS):
        subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


async def asynchronous():
    loop = asyncio.get_running_loop()
    with timed("asyncio.sleep", 0.1):
        await asyncio.sleep(0.1)
    with timed("asyncio.wait_for", 0.1) as values:
        try:
            await asyncio.wait_for(loop.create_future(), 0.1)
        except asyncio.TimeoutError:
            values["error"] = "TimeoutError"
    called = loop.create_future()
    with timed("call_later", 0.1):
        loop.call_later(0.1, called.set_result, None)
        await called
    with timed("gather", 0.1):
        await asyncio.gather(*(asyncio.sleep(0.1) for _ in range(100)))
    with timed("to_thread", 0.1, late_ns=30 * MS):
        await asyncio.to_thread(time.sleep, 0.1)
    with timed("asyncio_subprocess", 0.1, late_ns=PROCESS_NS):
        child = await asyncio.create_subprocess_exec("sleep", "0.1")
        await child.wait()
    connections = []
    server = await asyncio.start_server(lambda *pair: connections.append(pair), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    with timed("asyncio.timeout_on_a_connection", 0.1) as values:
        try:
            await asyncio.wait_for(reader.read(1), 0.1)
        except asyncio.TimeoutError:
            values["error"] = "TimeoutError"
    writer.close()
    for _, other in connections:
        other.close()
    server.close()


def busy():
    """A program that keeps its processor busy perceives so, as far as the host lets it."""
    start, cpu = time.monotonic(), time.process_time()
    while time.monotonic() - start < 0.05:
        pass
    used = time.process_time() - cpu
    check("process_time.no_more_than_elapsed", used <= 0.056, used)


begin()
clocks()
waits()
threads()
signals()
processes()
asyncio.run(asynchronous())
busy()
end()
