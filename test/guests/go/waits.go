// Go's own timers, and raw calls: a static program that binds to the vDSO and the kernel by itself.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func report(name string, start time.Time, expected time.Duration, rest string) {
	fmt.Printf("%s perceived_ns=%d expected_ns=%d %s\n", name, time.Since(start).Nanoseconds(), expected.Nanoseconds(), rest)
}

func monotonicNs() int64 {
	var time syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&time)), 0)
	return time.Nano()
}

func main() {
	if len(os.Args) > 1 {
		time.Sleep(20 * time.Millisecond)
		return
	}
	fmt.Printf("begin virtual_ns=%d\n", monotonicNs())
	const ms = time.Millisecond

	start := time.Now()
	time.Sleep(25 * ms)
	report("sleep", start, 25*ms, "")

	start = time.Now()
	<-time.After(25 * ms)
	report("after", start, 25*ms, "")

	start = time.Now()
	ticker := time.NewTicker(5 * ms)
	for i := 0; i < 6; i++ {
		<-ticker.C
	}
	ticker.Stop()
	report("ticker", start, 30*ms, "")

	start = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 20*ms)
	<-ctx.Done()
	cancel()
	report("context", start, 20*ms, fmt.Sprintf("error=%t", ctx.Err() == context.DeadlineExceeded))

	timer := time.NewTimer(time.Hour)
	stopped := timer.Stop()
	timer.Reset(15 * ms)
	start = time.Now()
	<-timer.C
	report("timer_reset", start, 15*ms, fmt.Sprintf("stopped=%t", stopped))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	start = time.Now()
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(20 * ms))
	_, err = listener.Accept()
	report("accept_deadline", start, 20*ms, fmt.Sprintf("timeout=%t", err.(net.Error).Timeout()))
	client, _ := net.Dial("tcp", listener.Addr().String())
	start = time.Now()
	client.SetReadDeadline(time.Now().Add(20 * ms))
	_, err = client.Read(make([]byte, 1))
	report("read_deadline", start, 20*ms, fmt.Sprintf("timeout=%t", err.(net.Error).Timeout()))
	client.Close()
	listener.Close()

	start = time.Now()
	rest := syscall.Timeval{Usec: 20000}
	n, err := syscall.Select(0, nil, nil, nil, &rest)
	report("select", start, 20*ms, fmt.Sprintf("n=%d err=%v left=%d", n, err, rest.Nano()))

	start = time.Now()
	request := syscall.NsecToTimespec(int64(20 * ms))
	err = syscall.Nanosleep(&request, nil)
	// Go's own signals may interrupt a raw sleep.
	if err == nil {
		report("nanosleep", start, 20*ms, "")
	} else {
		fmt.Println("nanosleep")
	}

	// Many goroutines with their own deadlines.
	var group sync.WaitGroup
	start = time.Now()
	early := 0
	var lock sync.Mutex
	for i := 0; i < 500; i++ {
		group.Add(1)
		go func(wait time.Duration) {
			defer group.Done()
			begun := time.Now()
			time.Sleep(wait)
			if time.Since(begun) < wait {
				lock.Lock()
				early++
				lock.Unlock()
			}
		}(time.Duration(i%20+1) * ms)
	}
	group.Wait()
	report("goroutines", start, 20*ms, fmt.Sprintf("early=%d", early))

	// Threads of the system that block in system calls, with garbage collection going on.
	start = time.Now()
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread()
			request := syscall.NsecToTimespec(int64(10 * ms))
			for syscall.Nanosleep(&request, &request) != nil {
			}
		}()
	}
	runtime.GC()
	group.Wait()
	// How soon Go starts so many threads is its own affair.
	good := 0
	if took := time.Since(start); took >= 10*ms && took < 500*ms {
		good = 1
	}
	fmt.Printf("threads ok=%d # %v\n", good, time.Since(start))

	start = time.Now()
	err = exec.Command(os.Args[0], "child").Run()
	fmt.Printf("child perceived_ns=%d expected_ns=%d late_ns=%d good=%t\n", time.Since(start).Nanoseconds(), int64(20*ms), int64(60*ms), err == nil)

	wall, mono := time.Now().Round(0), time.Now()
	time.Sleep(20 * ms)
	skew := time.Now().Round(0).Sub(wall) - time.Since(mono)
	good = 0
	if skew < 5*ms && skew > -5*ms {
		good = 1
	}
	fmt.Printf("wall_and_monotonic ok=%d # %v apart\n", good, skew)
	fmt.Printf("end virtual_ns=%d\n", monotonicNs())
}
