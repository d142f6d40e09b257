// Go's ways to tell the time and to wait. Built statically: no C library, the runtime makes its own system calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

const process = 150 * time.Millisecond

func report(name string, format string, args ...any) {
	fmt.Printf("%s %s\n", name, fmt.Sprintf(format, args...))
}

func check(name string, ok bool, remark any) {
	good := 0
	if ok {
		good = 1
	}
	report(name, "ok=%d # %v", good, remark)
}

func duration(name string, took, expected, late time.Duration, more string) {
	report(name, "perceived_ns=%d expected_ns=%d late_ns=%d %s", took, expected, late, more)
}

func timed(name string, expected time.Duration, body func()) {
	start := time.Now()
	body()
	duration(name, time.Since(start), expected, 5*time.Millisecond, "")
}

func timers() {
	const ms = time.Millisecond
	timed("time.Sleep", 100*ms, func() { time.Sleep(100 * ms) })
	timed("time.After", 100*ms, func() { <-time.After(100 * ms) })
	timed("time.AfterFunc", 100*ms, func() {
		done := make(chan bool)
		time.AfterFunc(100*ms, func() { close(done) })
		<-done
	})
	timed("time.Ticker", 150*ms, func() {
		ticker := time.NewTicker(30 * ms)
		defer ticker.Stop()
		for i := 0; i < 5; i++ {
			<-ticker.C
		}
	})
	timed("Timer.Reset", 150*ms, func() {
		timer := time.NewTimer(time.Hour)
		time.Sleep(50 * ms)
		timer.Reset(100 * ms)
		<-timer.C
	})
	timed("context.WithTimeout", 100*ms, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*ms)
		defer cancel()
		<-ctx.Done()
		check("context.DeadlineExceeded", errors.Is(ctx.Err(), context.DeadlineExceeded), ctx.Err())
	})
	timed("1000_goroutines", 100*ms, func() {
		var all sync.WaitGroup
		for i := 0; i < 1000; i++ {
			all.Add(1)
			go func() {
				time.Sleep(100 * ms)
				all.Done()
			}()
		}
		all.Wait()
	})
	start := time.Now()
	time.Sleep(200 * ms)
	end := time.Now()
	// Round(0) takes the monotonic reading off: what is left is the wall clock.
	wall := end.Round(0).Sub(start.Round(0))
	duration("wall_clock", wall, 200*ms, 5*ms, "")
	check("wall_and_monotonic", (wall-end.Sub(start)).Abs() < ms, wall-end.Sub(start))
}

func sockets() {
	const ms = time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check("listen", err == nil, err)
	timed("Listener.SetDeadline", 100*ms, func() {
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(100 * ms))
		_, err := listener.Accept()
		check("accept_timeout", errors.Is(err, os.ErrDeadlineExceeded), err)
	})
	listener.(*net.TCPListener).SetDeadline(time.Time{})
	accepted := make(chan net.Conn, 1)
	go func() {
		other, _ := listener.Accept()
		accepted <- other
	}()
	connection, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second)
	check("dial", err == nil, err)
	timed("SetReadDeadline", 100*ms, func() {
		connection.SetReadDeadline(time.Now().Add(100 * ms))
		_, err := connection.Read(make([]byte, 1))
		check("read_timeout", errors.Is(err, os.ErrDeadlineExceeded), err)
	})
	timed("SetWriteDeadline", 100*ms, func() {
		connection.SetWriteDeadline(time.Now().Add(100 * ms))
		var err error
		for err == nil {
			_, err = connection.Write(make([]byte, 1<<20))
		}
		check("write_timeout", errors.Is(err, os.ErrDeadlineExceeded), err)
	})
	connection.Close()
	(<-accepted).Close()
	listener.Close()
}

func web() {
	const ms = time.Millisecond
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(200 * ms):
		case <-r.Context().Done():
		}
		io.WriteString(w, "late")
	})
	mux.Handle("/limited", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}), 150*ms, "too late"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check("http_listen", err == nil, err)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 150 * ms, IdleTimeout: 300 * ms}
	go server.Serve(listener)
	base := "http://" + listener.Addr().String()
	get := func(client *http.Client, path string) (string, error) {
		response, err := client.Get(base + path)
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		date, _ := http.ParseTime(response.Header.Get("Date"))
		check("date"+path, time.Since(date).Abs() < 1500*ms, date)
		return response.Status + string(body), err
	}
	timed("http_slow", 200*ms, func() {
		got, err := get(http.DefaultClient, "/slow")
		check("http_slow_answer", got == "200 OKlate", fmt.Sprint(got, err))
	})
	timed("http_client_timeout", 100*ms, func() {
		_, err := get(&http.Client{Timeout: 100 * ms}, "/slow")
		check("http_client_timeout_error", os.IsTimeout(err), err)
	})
	timed("http_TimeoutHandler", 150*ms, func() {
		got, err := get(http.DefaultClient, "/limited")
		check("http_TimeoutHandler_answer", got == "503 Service Unavailabletoo late", fmt.Sprint(got, err))
	})
	half, _ := net.Dial("tcp", listener.Addr().String())
	timed("http_ReadHeaderTimeout", 150*ms, func() {
		io.WriteString(half, "GET / HTTP/1.1\r\n")
		io.ReadAll(half)
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	check("http_shutdown", server.Shutdown(ctx) == nil, ctx.Err())
}

func processes() {
	const ms = time.Millisecond
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 200*ms)
	defer cancel()
	err := exec.CommandContext(ctx, "sleep", "5").Run()
	duration("exec.CommandContext", time.Since(start), 200*ms, process, "")
	check("exec_killed", err != nil && err.Error() == "signal: killed", err)
	start = time.Now()
	command := exec.Command("sleep", "0.2")
	err = command.Run()
	duration("exec.Command", time.Since(start), 200*ms, process, "")
	used := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	check("exec_usage", err == nil && used < 200*ms, used)
	name := os.Getenv("TMPDIR") + "/file"
	before := time.Now()
	os.WriteFile(name, nil, 0o600)
	facts, err := os.Stat(name)
	// The kernel stamps files by a clock that ticks.
	check("mtime", err == nil && before.Sub(facts.ModTime()) < 10*ms && !facts.ModTime().After(time.Now()), facts.ModTime())
	wanted := time.Now().Add(-time.Hour)
	os.Chtimes(name, wanted, wanted)
	facts, _ = os.Stat(name)
	check("Chtimes", facts.ModTime().Equal(wanted.Round(0)), facts.ModTime().Sub(wanted))
}

func main() {
	// Two moments by the same clock as the runtime's: time.Now() has no number for it, a difference has.
	epoch := time.Now()
	report("begin", "virtual_ns=%d", 0)
	timers()
	sockets()
	web()
	processes()
	report("end", "virtual_ns=%d", time.Since(epoch))
}
