import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Java's ways of waiting and of reading clocks. */
public final class Waits {
    private static final long MS = 1_000_000;

    private static void report(String name, long start, long expectedMs, String rest) {
        System.out.printf("%s perceived_ns=%d expected_ns=%d %s%n", name, System.nanoTime() - start, expectedMs * MS, rest);
    }

    private static void check(String name, boolean good, String remark) {
        System.out.printf("%s ok=%d # %s%n", name, good ? 1 : 0, remark);
    }

    public static void main(String[] arguments) throws Exception {
        // Classes that are loaded on first use would count as waiting.
        Thread.sleep(1);
        report("warm_up", System.nanoTime(), 0, "");
        System.out.printf("begin virtual_ns=%d%n", System.nanoTime());

        long start = System.nanoTime();
        Thread.sleep(25);
        report("sleep", start, 25, "");

        start = System.nanoTime();
        Thread.sleep(5, 500_000);
        report("sleep_ns", start, 5, "");

        Object monitor = new Object();
        start = System.nanoTime();
        synchronized (monitor) {
            monitor.wait(25);
        }
        report("wait", start, 25, "");

        // It may return early for no reason: the deadline counts.
        start = System.nanoTime();
        long deadline = start + 25 * MS;
        while (System.nanoTime() < deadline) LockSupport.parkNanos(deadline - System.nanoTime());
        report("park", start, 25, "");

        CountDownLatch never = new CountDownLatch(1);
        start = System.nanoTime();
        boolean reached = never.await(20, TimeUnit.MILLISECONDS);
        report("latch", start, 20, "reached=" + reached);

        ReentrantLock lock = new ReentrantLock();
        start = System.nanoTime();
        lock.lock();
        boolean signalled = lock.newCondition().await(20, TimeUnit.MILLISECONDS);
        lock.unlock();
        report("condition", start, 20, "signalled=" + signalled);

        start = System.nanoTime();
        Object got = new SynchronousQueue<>().poll(20, TimeUnit.MILLISECONDS);
        report("queue", start, 20, "got=" + got);

        ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
        executor.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).get();
        start = System.nanoTime();
        executor.schedule(() -> {}, 25, TimeUnit.MILLISECONDS).get();
        report("scheduled", start, 25, "");
        CountDownLatch ticks = new CountDownLatch(6);
        start = System.nanoTime();
        executor.scheduleAtFixedRate(ticks::countDown, 5, 5, TimeUnit.MILLISECONDS);
        ticks.await();
        report("fixed_rate", start, 30, "");
        executor.shutdownNow();

        Thread thread = new Thread(() -> {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        start = System.nanoTime();
        thread.start();
        thread.join();
        report("join", start, 20, "");

        Thread sleeper = new Thread(() -> {
            try {
                Thread.sleep(5_000);
            } catch (InterruptedException e) {
                // Expected.
            }
        });
        start = System.nanoTime();
        sleeper.start();
        Thread.sleep(15);
        sleeper.interrupt();
        sleeper.join();
        report("interrupt", start, 15, "");

        long wall = System.currentTimeMillis();
        start = System.nanoTime();
        Thread.sleep(40);
        long apart = System.currentTimeMillis() - wall - (System.nanoTime() - start) / MS;
        check("wall_and_monotonic", Math.abs(apart) <= 2, apart + " ms apart");

        start = System.nanoTime();
        Process child = new ProcessBuilder("sleep", "0.03").start();
        int code = child.waitFor();
        System.out.printf("child perceived_ns=%d expected_ns=%d late_ns=%d code=%d%n", System.nanoTime() - start, 30 * MS, 150 * MS, code);
        System.out.printf("end virtual_ns=%d%n", System.nanoTime());
    }
}
