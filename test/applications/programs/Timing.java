import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Java's ways to tell the time and to wait. */
public final class Timing {
    private static final long MS = 1_000_000;
    // Loading a class takes the time of the host.
    private static final long LATE = 60 * MS;

    private interface Body {
        void run() throws Exception;
    }

    private static void check(String name, boolean ok, Object remark) {
        System.out.println(name + " ok=" + (ok ? 1 : 0) + " # " + remark);
    }

    private static void duration(String name, long tookNs, long expectedMs, long grainNs) {
        System.out.println(name + " perceived_ns=" + tookNs + " expected_ns=" + expectedMs * MS + " grain_ns=" + grainNs
                + " late_ns=" + LATE);
    }

    private static void timed(String name, long expectedMs, Body body) throws Exception {
        long start = System.nanoTime();
        body.run();
        duration(name, System.nanoTime() - start, expectedMs, 0);
    }

    private static void waits() throws Exception {
        timed("Thread.sleep", 100, () -> Thread.sleep(100));
        timed("LockSupport.parkNanos", 100, () -> LockSupport.parkNanos(100 * MS));
        long until = System.currentTimeMillis() + 100;
        long start = System.nanoTime();
        LockSupport.parkUntil(until);
        // The deadline is in whole milliseconds.
        duration("LockSupport.parkUntil", System.nanoTime() - start, 100, MS);
        Object lock = new Object();
        timed("Object.wait", 100, () -> {
            synchronized (lock) {
                lock.wait(100);
            }
        });
        timed("CountDownLatch.await", 100, () -> new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS));
        timed("Semaphore.tryAcquire", 100, () -> new Semaphore(0).tryAcquire(100, TimeUnit.MILLISECONDS));
        timed("SynchronousQueue.poll", 100, () -> new SynchronousQueue<String>().poll(100, TimeUnit.MILLISECONDS));
        timed("Condition.awaitNanos", 100, () -> {
            ReentrantLock held = new ReentrantLock();
            held.lock();
            held.newCondition().awaitNanos(100 * MS);
            held.unlock();
        });
        Thread sleeper = new Thread(() -> LockSupport.parkNanos(1000 * MS));
        sleeper.setDaemon(true);
        sleeper.start();
        timed("Thread.join", 100, () -> sleeper.join(100));
        timed("CompletableFuture.get", 100, () -> {
            try {
                new CompletableFuture<String>().get(100, TimeUnit.MILLISECONDS);
            } catch (TimeoutException expected) {
                return;
            }
            throw new IllegalStateException("no timeout");
        });
        timed("CompletableFuture.orTimeout", 100, () ->
            new CompletableFuture<String>().completeOnTimeout("late", 100, TimeUnit.MILLISECONDS).join());
    }

    private static void clocks() throws Exception {
        long nano = System.nanoTime();
        long milli = System.currentTimeMillis();
        Instant instant = Instant.now();
        Thread.sleep(200);
        duration("System.nanoTime", System.nanoTime() - nano, 200, 0);
        duration("System.currentTimeMillis", (System.currentTimeMillis() - milli) * MS, 200, MS);
        duration("Instant.now", java.time.Duration.between(instant, Instant.now()).toNanos(), 200, 2000);
        long uptime = java.lang.management.ManagementFactory.getRuntimeMXBean().getUptime();
        check("uptime", uptime > 1200 && uptime < 20_000, uptime);
    }

    private static void schedules() throws Exception {
        ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);
        CountDownLatch five = new CountDownLatch(5);
        timed("scheduleAtFixedRate", 250, () -> {
            scheduler.scheduleAtFixedRate(five::countDown, 50, 50, TimeUnit.MILLISECONDS);
            five.await();
        });
        timed("schedule", 100, () -> scheduler.schedule(() -> "late", 100, TimeUnit.MILLISECONDS).get());
        scheduler.shutdownNow();
        CountDownLatch called = new CountDownLatch(1);
        Timer timer = new Timer(true);
        long start = System.nanoTime();
        timer.schedule(new TimerTask() {
            @Override
            public void run() {
                called.countDown();
            }
        }, 100);
        called.await();
        duration("Timer", System.nanoTime() - start, 100, MS);  // by currentTimeMillis
        timer.cancel();
    }

    private static void inputs() throws Exception {
        Pipe pipe = Pipe.open();
        try (Selector selector = Selector.open()) {
            pipe.source().configureBlocking(false);
            pipe.source().register(selector, java.nio.channels.SelectionKey.OP_READ);
            timed("Selector.select", 100, () -> selector.select(100));
        }
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            accepted.setSoTimeout(100);
            InputStream input = accepted.getInputStream();
            timed("setSoTimeout", 100, () -> {
                try {
                    input.read();
                } catch (SocketTimeoutException expected) {
                    return;
                }
                throw new IllegalStateException("no timeout");
            });
        }
    }

    private static void processes() throws Exception {
        Process sleep = new ProcessBuilder("sleep", "5").start();
        timed("Process.waitFor", 200, () -> sleep.waitFor(200, TimeUnit.MILLISECONDS));
        sleep.destroyForcibly().waitFor();
        timed("a_child_sleeps", 200, () -> new ProcessBuilder("sleep", "0.2").start().waitFor());
        Path file = Path.of(System.getenv("TMPDIR"), "file");
        long before = System.currentTimeMillis();
        Files.writeString(file, "text");
        long stamp = Files.getLastModifiedTime(file).toMillis();
        // The kernel stamps files by a clock that ticks.
        check("getLastModifiedTime", stamp >= before - 10 && stamp <= System.currentTimeMillis(), stamp - before);
    }

    /** Fills the heap many times over: the collector's threads wait and wake all the while. */
    private static void garbage() {
        List<byte[]> kept = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] piece = new byte[100_000];
            if (i % 10 == 0) kept.add(piece);
            if (kept.size() > 100) kept.clear();
        }
        long collections = java.lang.management.ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(collector -> collector.getCollectionCount()).sum();
        check("garbage_was_collected", collections > 2, collections);
    }

    public static void main(String[] arguments) throws Exception {
        long epoch = System.nanoTime();
        System.out.println("begin virtual_ns=" + epoch);
        waits();
        clocks();
        schedules();
        inputs();
        processes();
        garbage();
        System.out.println("end virtual_ns=" + System.nanoTime());
        System.exit(0);
    }
}
