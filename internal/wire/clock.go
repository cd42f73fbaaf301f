package wire

import "time"

var epoch = time.Now()

// Now returns nanoseconds on the process's monotonic clock, which never goes back and never jumps.
func Now() int64 { return int64(time.Since(epoch)) }

// Monotonic returns the moment t, which must come from time.Now, on the clock of Now.
func Monotonic(t time.Time) int64 { return int64(t.Sub(epoch)) }
