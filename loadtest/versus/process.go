package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"sallyport/loadtest/load"
)

// process is a program that was started here, with its children.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
}

func startProcess(log io.Writer, program string, args ...string) (*process, error) {
	p := &process{command: exec.Command(program, args...), ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.command.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop ends the program, politely first.
func (p *process) stop() {
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		p.command.Process.Signal(s)
		select {
		case <-p.ended:
			return
		case <-time.After(3 * time.Second):
		}
	}
}

// ready waits until the address answers the request with 200.
func (p *process) ready(address, request string) error {
	err := errors.New("not tried")
	for range 100 {
		var r *load.Result
		r, err = load.Run(load.Options{Address: address, Requests: [][]byte{[]byte(request)}, Connections: 1, Rate: 1, Duration: time.Millisecond})
		if err == nil && r.Failed(2) == 0 {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("answers by class: %v, errors: %d", r.Classes, r.Errors)
		}
		select {
		case <-p.ended:
			return errors.New("it ended")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("it does not answer: %w", err)
}

// cpu is the time that the process and its living children have used, in user and kernel mode.
func (p *process) cpu() (time.Duration, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		s, err := parseStat(text)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		if pid := p.command.Process.Pid; s.pid == pid || s.parent == pid {
			total += s.cpu
		}
	}
	if total == 0 {
		return 0, errors.New("the process has ended")
	}
	return total, nil
}

type stat struct {
	pid, parent int
	cpu         time.Duration
}

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// parseStat reads a line of /proc/PID/stat (proc(5)); the name in it may hold spaces and parentheses.
func parseStat(text []byte) (stat, error) {
	i, j := bytes.IndexByte(text, ' '), bytes.LastIndexByte(text, ')')
	if i < 0 || j < 0 {
		return stat{}, errors.New("no name")
	}
	fields := bytes.Fields(text[j+1:])
	if len(fields) < 13 {
		return stat{}, errors.New("too few fields")
	}
	number := func(b []byte) int64 {
		n, err := strconv.ParseInt(string(b), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return stat{
		pid: int(number(text[:i])), parent: int(number(fields[1])),
		cpu: time.Duration(number(fields[11])+number(fields[12])) * tick,
	}, nil
}

// freeAddress is an address of 127.0.0.1 that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// find looks for a program among those that were built, in PATH, and where distributions put servers.
func find(program, bin string) (string, error) {
	for _, path := range []string{filepath.Join(bin, program), program, filepath.Join("/usr/sbin", program)} {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("%s is not installed; scripts/install-peers does it", program)
}
