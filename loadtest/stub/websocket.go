package stub

import (
	"crypto/sha1" // the handshake's hash is fixed by RFC 6455 section 4.2.2
	"encoding/base64"
	"encoding/binary"
)

// websocket accepts the upgrade and echoes every frame, unmasked, until the peer closes (RFC 6455).
func (c *conn) websocket(q *Request) error {
	sum := sha1.Sum(append(q.key[:len(q.key):len(q.key)], "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
	err := c.write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"))
	for err == nil {
		err = c.echoFrame()
	}
	return err
}

// frameLimit bounds a frame's payload.
const frameLimit = 1 << 20

func (c *conn) echoFrame() error {
	head, err := c.next(2)
	if err != nil {
		return err
	}
	first, masked, size := head[0], head[1]&0x80 != 0, uint64(head[1]&0x7f)
	switch size {
	case 126:
		if head, err = c.next(2); err != nil {
			return err
		}
		size = uint64(binary.BigEndian.Uint16(head))
	case 127:
		if head, err = c.next(8); err != nil {
			return err
		}
		size = binary.BigEndian.Uint64(head)
	}
	if size > frameLimit || !masked {
		return errRequest
	}
	frame, err := c.next(4 + int(size))
	if err != nil {
		return err
	}
	mask, payload := [4]byte(frame), append([]byte(nil), frame[4:]...)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	const ping, pong, bye = 0x9, 0xA, 0x8
	if first&0x0f == ping {
		first = first&0xf0 | pong
	}
	if err := c.write(append(frameHead(first, len(payload)), payload...)); err != nil {
		return err
	}
	if first&0x0f == bye {
		return errClosing
	}
	return nil
}

func frameHead(first byte, size int) []byte {
	switch {
	case size < 126:
		return []byte{first, byte(size)}
	case size < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, 126}, uint16(size))
	default:
		return binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(size))
	}
}

// next returns the next n bytes of the connection; they are part of the buffer.
func (c *conn) next(n int) ([]byte, error) {
	b := body{conn: c, keep: true}
	err := b.take(int64(n))
	return b.kept, err
}
