package wire

import (
	"net"
	"syscall"
	"unsafe"
)

// rawConn returns the socket of a plain TCP or Unix connection, nil for any other.
func rawConn(nc net.Conn) syscall.RawConn {
	switch s := nc.(type) {
	case *net.TCPConn:
		raw, err := s.SyscallConn()
		if err == nil {
			return raw
		}
	case *net.UnixConn:
		raw, err := s.SyscallConn()
		if err == nil {
			return raw
		}
	}
	return nil
}

// The calls below are made on non-blocking sockets, so they need not tell the scheduler that they could block. The socket
// calls cost less than read and write, which go through the file system's layer first.

func rawRead(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != 0 {
			return 0, err
		}
		return int(n), 0
	}
}

// rawWritev writes both parts with one call and returns how many bytes the socket took.
func rawWritev(fd uintptr, head, body []byte) (int, syscall.Errno) {
	if len(body) == 0 {
		return rawWrite(fd, head)
	}
	v := [2]syscall.Iovec{
		{Base: unsafe.SliceData(head), Len: uint64(len(head))},
		{Base: unsafe.SliceData(body), Len: uint64(len(body))},
	}
	for {
		n, _, err := syscall.RawSyscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&v)), uintptr(len(v)))
		if err == syscall.EINTR {
			continue
		}
		if err != 0 {
			return 0, err
		}
		return int(n), 0
	}
}

func rawWrite(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_NOSIGNAL, 0, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != 0 {
			return 0, err
		}
		return int(n), 0
	}
}

// rawReadable reports whether a read would return at once: with bytes, with the end, or with an error.
func rawReadable(fd uintptr) bool {
	var b byte
	for {
		_, _, err := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b)), 1, syscall.MSG_PEEK|syscall.MSG_DONTWAIT, 0, 0)
		if err == syscall.EINTR {
			continue
		}
		return err != syscall.EAGAIN
	}
}

// peerGone reports whether the peer has closed its side or reset the connection.
func (c *Conn) peerGone() bool {
	gone := false
	c.tcp.Control(func(fd uintptr) {
		var info [8]byte // the state is the first member of struct tcp_info
		size := uint32(len(info))
		_, _, err := syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		const established, unconnected = 1, 0
		gone = err == 0 && info[0] != established && info[0] != unconnected
	})
	return gone
}
