package bucket

import (
	"math/rand/v2"
	"testing"
	"time"
)

func BenchmarkTake(b *testing.B) {
	f := func(name string, keys int, windows ...Window) {
		b.Run(name, func(b *testing.B) {
			table := newTable(b, keys, windows...)
			names := make([][]byte, keys)
			for i := range names {
				names[i] = append(number(uint64(i)), "some16bytes-long"...)
				table.Take(table.Key(names[i]), 1, 1)
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				i := rand.IntN(keys)
				for pb.Next() {
					if i++; i >= keys {
						i = 0
					}
					table.Take(table.Key(names[i]), 1, int64(i))
				}
			})
		})
	}
	second, _ := window(b, 100, time.Second, 100)
	hour, _ := window(b, 1000, time.Hour, 1000)
	f("keys=1", 1, hour)
	f("keys=1000", 1000, hour)
	f("keys=1000/windows=2", 1000, second, hour)
	f("keys=1000000", 1_000_000, hour)
	f("keys=1000000/windows=4", 1_000_000, hour, hour, hour, hour)
}

// A key that is not in the table must look for a free slot in both of its sets, all of them taken.
func BenchmarkTakeOverflow(b *testing.B) {
	hour, _ := window(b, 1000, time.Hour, 1000)
	table := newTable(b, 100_000, hour)
	for i := range uint64(1_000_000) {
		table.Take(table.Key(number(i)), 1, 1)
	}
	var name [8]byte
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		name[0], name[1], name[2], name[7] = byte(i), byte(i>>8), byte(i>>16), 1
		table.Take(table.Key(name[:]), 1, 2)
	}
}
