package rawtest

import (
	"strings"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

// say is an answer in one piece; the connection stays open.
func say(raw string) []stub.Step { return []stub.Step{{Send: raw}} }

// saying is an answer in one piece, and how it ends.
func saying(raw string, end stub.End) []stub.Step { return []stub.Step{{Send: raw, End: end}} }

// TestAnswersPassed: RFC 9112 section 6.3, seen by the client.
func TestAnswersPassed(t *testing.T) {
	f := answered(t)
	const ok = "HTTP/1.1 200 OK\r\n"
	f("a length", say(ok+"Content-Length: 5\r\n\r\nhello"), 200, "hello")
	f("a length of nothing", say(ok+"Content-Length: 0\r\n\r\n"), 200, "")
	f("chunks", say(ok+"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), 200, "hello")
	f("chunks with extensions", say(ok+"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n"), 200, "hello")
	f("chunks with a trailer", say(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"), 200, "hello")
	f("until the end of the connection", saying(ok+"\r\nhello", stub.Close), 200, "hello")
	f("HTTP/1.0 until the end", saying("HTTP/1.0 200 OK\r\n\r\nhello", stub.Close), 200, "hello")
	f("HTTP/1.0 with a length", saying("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", stub.Close), 200, "hello")
	f("an answer that closes", saying(ok+"Connection: close\r\nContent-Length: 5\r\n\r\nhello", stub.Close), 200, "hello")
	f("an answer that closes half", saying(ok+"Content-Length: 5\r\n\r\nhello", stub.CloseWrite), 200, "hello")
	f("no phrase", say("HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello"), 200, "hello")
	f("no phrase and no space", say("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"), 200, "hello")
	f("an unknown code", say("HTTP/1.1 299 Odd\r\nContent-Length: 5\r\n\r\nhello"), 299, "hello")
	f("a phrase beyond ASCII", say("HTTP/1.1 200 \xc3\xa4\r\nContent-Length: 5\r\n\r\nhello"), 200, "hello")
	f("204", say("HTTP/1.1 204 No Content\r\n\r\n"), 204, "")
	f("304 with a length", say("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), 304, "")
	f("500 is the upstream's own", say("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello"), 500, "hello")
	f("100 Continue that nobody asked for", say("HTTP/1.1 100 Continue\r\n\r\n"+ok+"Content-Length: 5\r\n\r\nhello"), 200, "hello")
	f("103 Early Hints", say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+ok+"Content-Length: 5\r\n\r\nhello"), 200, "hello")
	f("in single bytes", bytewise(ok+"Content-Length: 5\r\n\r\nhello"), 200, "hello")
	f("chunks in single bytes", bytewise(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), 200, "hello")
	f("the body later", []stub.Step{{Send: ok + "Content-Length: 5\r\n\r\n"}, {After: 20 * time.Millisecond, Send: "hello"}}, 200, "hello")
	f("1 MiB", say(ok+"Content-Length: 1048576\r\n\r\n"+strings.Repeat("m", 1<<20)), 200, strings.Repeat("m", 1<<20))
	f("bytes behind the body", say(ok+"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"), 200, "hello")
	f("bytes behind the last chunk", say(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"), 200, "hello")
	f("bytes behind a 204", say("HTTP/1.1 204 No Content\r\n\r\nstolen"), 204, "")
	f("a late answer", []stub.Step{{Send: ok + "Content-Length: 5\r\n\r\nhello"}, {After: 5 * time.Millisecond, Send: ok + "Content-Length: 6\r\n\r\nstolen"}}, 200, "hello")
}

// TestAnswersRefused: an answer with two readings, or none, is a 502 of one attempt; nothing of it reaches the client.
func TestAnswersRefused(t *testing.T) {
	f := unanswered(t)
	const ok = "HTTP/1.1 200 OK\r\n"
	f("two lengths that differ", say(ok+"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), 502, "upstream.malformed")
	f("a length that is no number", say(ok+"Content-Length: x\r\n\r\nhello"), 502, "upstream.malformed")
	f("a negative length", say(ok+"Content-Length: -1\r\n\r\nhello"), 502, "upstream.malformed")
	f("a list of lengths", say(ok+"Content-Length: 5, 6\r\n\r\nhello!"), 502, "upstream.malformed")
	f("length and chunked", say(ok+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), 502, "upstream.malformed")
	f("an unknown coding", say(ok+"Transfer-Encoding: gzip\r\n\r\nhello"), 502, "upstream.malformed")
	f("gzip, chunked", say(ok+"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 502, "upstream.malformed")
	f("chunked twice", say(ok+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 502, "upstream.malformed")
	f("chunked in HTTP/1.0", say("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 502, "upstream.malformed")
	f("no HTTP", say("hello, world\r\n\r\n"), 502, "upstream.malformed")
	f("HTTP/2.0", say("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a code of two digits", say("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a code of four digits", say("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a code out of range", say("HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("bare LFs", say("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), 502, "upstream.malformed")
	f("a folded field", say(ok+"A: b\r\n c\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a space before the colon", say(ok+"Content-Length : 5\r\n\r\nhello"), 502, "upstream.malformed")
	f("no colon", say(ok+"nonsense\r\n\r\n"), 502, "upstream.malformed")
	f("a NUL in a field", say(ok+"A: \x00\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a bare CR in a field", say(ok+"A: b\rc\r\nContent-Length: 0\r\n\r\n"), 502, "upstream.malformed")
	f("a head without end", say(ok+strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 300)), 502, "upstream.malformed")
	f("closed before the head", saying("", stub.Close), 502, "upstream.reset")
	f("reset before the head", saying("", stub.Reset), 502, "upstream.reset")
	f("closed inside the status line", saying("HTTP/1.1 2", stub.Close), 502, "upstream.")
	f("closed inside the head", saying(ok+"Content-Le", stub.Close), 502, "upstream.")
	f("reset inside the head", saying(ok+"Content-Le", stub.Reset), 502, "upstream.")
	f("nothing but interim answers", say(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 10_000)), 502, "upstream.")
	f("101 that nobody asked for", say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), 502, "upstream.malformed")
}

// TestAnswersLate: the deadline is kept, and the attempt is not repeated.
func TestAnswersLate(t *testing.T) {
	f := unansweredLate(t)
	const ok = "HTTP/1.1 200 OK\r\n"
	f("silence", []stub.Step{{After: 30 * time.Second}}, 504, "upstream.timeout")
	f("silence inside the head", []stub.Step{{Send: ok + "Content-Le"}, {After: 30 * time.Second}}, 504, "upstream.timeout")
}

// TestAnswersCut: a body that the upstream cut is a cut to the client, never a clean end.
func TestAnswersCut(t *testing.T) {
	f := cut(t)
	const ok = "HTTP/1.1 200 OK\r\n"
	f("closed inside a body of known length", saying(ok+"Content-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000), stub.Close))
	f("reset inside a body of known length", saying(ok+"Content-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000), stub.Reset))
	f("closed behind the head", saying(ok+"Content-Length: 5\r\n\r\n", stub.Close))
	f("closed one byte before the end", saying(ok+"Content-Length: 5\r\n\r\nhell", stub.Close))
	f("closed inside a chunk", saying(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhe", stub.Close))
	f("closed between chunks", saying(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", stub.Close))
	f("closed before the last empty line", saying(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", stub.Close))
	f("reset between chunks", saying(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", stub.Reset))
	f("a chunk size that is no number", say(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"))
	f("a chunk without its line end", say(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n"))
	f("a body that falls silent", []stub.Step{{Send: ok + "Content-Length: 10\r\n\r\nhello"}, {After: 30 * time.Second}})
}

// bytewise plays raw byte by byte.
func bytewise(raw string) []stub.Step {
	steps := make([]stub.Step, 0, len(raw))
	for i := range len(raw) {
		steps = append(steps, stub.Step{After: time.Millisecond / 4, Send: raw[i : i+1]})
	}
	return steps
}
