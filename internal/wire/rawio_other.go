//go:build !linux

package wire

import (
	"net"
	"syscall"
)

// Elsewhere connections are served through package net alone.

func rawConn(net.Conn) syscall.RawConn                       { return nil }
func rawRead(uintptr, []byte) (int, syscall.Errno)           { return 0, syscall.ENOSYS }
func rawWritev(uintptr, []byte, []byte) (int, syscall.Errno) { return 0, syscall.ENOSYS }
func rawReadable(uintptr) bool                               { return true }
func (c *Conn) peerGone() bool                               { return false }
