// Package statetest gives tests a store to share: a redis-server of their own where one is installed, a built-in one
// elsewhere, both of which can be killed, hung and brought back.
package statetest

import (
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// Store is a store on a loopback address. Its methods end the test when they fail.
type Store struct {
	t       testing.TB
	Address string
	binary  string // of redis-server; "" for the built-in one
	server  *exec.Cmd
	builtin *miniredis.Miniredis
	gate    *gate // in front of the built-in one
}

// Start starts an empty store, which ends with the test.
func Start(t testing.TB) *Store {
	t.Helper()
	s := &Store{t: t}
	s.binary, _ = exec.LookPath("redis-server")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = listener.Addr().String()
	if s.binary == "" {
		s.gate = newGate(listener)
		t.Cleanup(s.gate.close)
	} else {
		listener.Close()
	}
	s.Restart()
	t.Cleanup(s.end)
	return s
}

// Restart starts the store again on its address, empty.
func (s *Store) Restart() {
	s.t.Helper()
	if s.binary == "" {
		s.builtin = miniredis.NewMiniRedis()
		if err := s.builtin.Start(); err != nil {
			s.t.Fatal(err)
		}
		// It would take itself for a cluster, whose client goes past the gate.
		s.builtin.Server().SetPreHook(func(c *server.Peer, cmd string, _ ...string) bool {
			if cmd == "CLUSTER" {
				c.WriteError("ERR This instance has cluster support disabled")
			}
			return cmd == "CLUSTER"
		})
		s.gate.open(s.builtin.Addr())
		return
	}
	_, port, _ := net.SplitHostPort(s.Address)
	s.server = exec.Command(s.binary, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.t.TempDir())
	if err := s.server.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", s.Address); err == nil {
			c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatal("redis-server does not listen")
}

// Kill ends the store at once, as kill -9 does.
func (s *Store) Kill() {
	if s.binary == "" {
		s.gate.shut()
		s.builtin.Close()
		return
	}
	s.server.Process.Kill()
	s.server.Wait()
}

// Hang makes the store stop answering while its connections stay open; Resume ends that.
func (s *Store) Hang() {
	if s.binary == "" {
		s.gate.hold()
		return
	}
	s.signal(syscall.SIGSTOP)
}

// Resume lets a store that hangs go on.
func (s *Store) Resume() {
	if s.binary == "" {
		s.gate.release()
		return
	}
	s.signal(syscall.SIGCONT)
}

func (s *Store) signal(which syscall.Signal) {
	s.t.Helper()
	if err := s.server.Process.Signal(which); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Store) end() {
	if s.binary == "" {
		s.builtin.Close()
		return
	}
	s.server.Process.Signal(syscall.SIGCONT)
	s.server.Process.Kill()
	s.server.Wait()
}
