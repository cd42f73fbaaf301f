package main

import (
	"errors"
	"fmt"
	"time"
)

// sample is one measurement of one contestant.
type sample struct {
	cpu      time.Duration // of the proxy, for one request
	rate     float64       // requests a second
	p50, p99 time.Duration
	failed   int64 // requests without a 2xx answer
}

func (s sample) String() string {
	return fmt.Sprintf("%6.1f us/request %8.0f/s  p50 %v  p99 %v  failed %d", micros(s.cpu), s.rate, s.p50, s.p99, s.failed)
}

func (b *bench) sample(sc *scenario, r *runner) (sample, error) {
	l := loading{address: r.address, connections: sc.connections, rate: sc.rate, requests: r.sent}
	l.duration = b.settings.warm
	if _, err := b.generator.run(&l); err != nil {
		return sample{}, err
	}
	before, err := r.process.cpu()
	if err != nil {
		return sample{}, err
	}
	l.duration = b.settings.sample
	s, err := b.generator.run(&l)
	if err != nil {
		return sample{}, err
	}
	after, err := r.process.cpu()
	if err != nil {
		return sample{}, err
	}
	if s.requests == 0 {
		return sample{}, errors.New("no request was answered")
	}
	return sample{
		cpu:  (after - before) / time.Duration(s.requests),
		rate: float64(s.requests) / s.elapsed.Seconds(),
		p50:  s.p50, p99: s.p99, failed: s.failed,
	}, nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
