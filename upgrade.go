package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// socketsVariable names, in the environment of a process that takes over from another, the addresses of the sockets that it
// was handed: descriptors 3 and up, in this order. Behind them comes the pipe by which it says that it is ready.
const socketsVariable = "SALLYPORT_SOCKETS"

// readyIn is how long a new process may take to become ready.
const readyIn = time.Minute

// inheritance is what the process before this one has handed over; empty when there was none.
type inheritance struct {
	sockets map[string]net.Listener // by the address as it is written in the configuration
	ready   *os.File
}

// inherit takes over what the environment tells of.
func inherit() (*inheritance, error) {
	i := &inheritance{sockets: map[string]net.Listener{}}
	list, ok := os.LookupEnv(socketsVariable)
	if !ok {
		return i, nil
	}
	os.Unsetenv(socketsVariable)
	descriptor := uintptr(3)
	for address := range strings.FieldsSeq(list) {
		file := os.NewFile(descriptor, address)
		socket, err := net.FileListener(file)
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("the socket of %s that was handed over cannot be used: %w", address, err)
		}
		i.sockets[address] = socket
		descriptor++
	}
	syscall.CloseOnExec(int(descriptor))
	i.ready = os.NewFile(descriptor, "ready")
	return i, nil
}

// done tells the process before this one that it can go, and closes the sockets that nobody took.
func (i *inheritance) done() {
	for _, socket := range i.sockets {
		socket.Close()
	}
	if i.ready == nil {
		return
	}
	if _, err := i.ready.Write([]byte{1}); err != nil {
		slog.Error("cannot tell the process before this one to end", "error", err)
	}
	i.ready.Close()
}

// succeed starts the binary that is at this one's path now, hands it the sockets, and waits until it is ready. When that
// fails it is ended, and nothing has changed.
func succeed(sockets map[string]net.Listener) (pid int, err error) {
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	next := exec.Command(path, os.Args[1:]...)
	next.Stdout, next.Stderr = os.Stdout, os.Stderr
	var addresses []string
	for address, socket := range sockets {
		file, err := socket.(*net.TCPListener).File()
		if err != nil {
			w.Close()
			return 0, err
		}
		defer file.Close()
		next.ExtraFiles = append(next.ExtraFiles, file)
		addresses = append(addresses, address)
	}
	next.ExtraFiles = append(next.ExtraFiles, w)
	next.Env = append(os.Environ(), socketsVariable+"="+strings.Join(addresses, " "))
	err = next.Start()
	w.Close()
	unblock(sockets)
	if err != nil {
		return 0, err
	}
	r.SetReadDeadline(time.Now().Add(readyIn))
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		pid = next.Process.Pid
		go next.Wait() // so that it leaves nothing behind when it ends before this process
		return pid, nil
	}
	next.Process.Kill()
	return 0, errors.Join(errors.New("the new process did not become ready; this one stays"), next.Wait())
}

// unblock undoes what passing on descriptors does to sockets: whether calls block is the same for all that share one.
func unblock(sockets map[string]net.Listener) {
	for _, socket := range sockets {
		raw, err := socket.(*net.TCPListener).SyscallConn()
		if err != nil {
			continue // it is closed
		}
		raw.Control(func(fd uintptr) { syscall.SetNonblock(int(fd), true) })
	}
}
