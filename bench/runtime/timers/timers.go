// Arms timers for times within an hour, 10,000 at once, and cancels all before they are due: the time of each.
package main

import (
	"time"

	"bench/figure"
)

const batch = 10_000

func main() {
	rounds := (figure.Count() + batch - 1) / batch
	timers := make([]*time.Timer, batch)
	var arming, cancelling time.Duration
	for round := 0; round < rounds; round++ {
		begin := time.Now()
		for i := range timers {
			timers[i] = time.AfterFunc(due(i), late)
		}
		armed := time.Now()
		for _, timer := range timers {
			timer.Stop()
		}
		arming += armed.Sub(begin)
		cancelling += time.Since(armed)
	}
	figure.Each("arm", rounds*batch, arming)
	figure.Each("cancel", rounds*batch, cancelling)
}

// Times in no order, a minute away at least.
func due(i int) time.Duration {
	return time.Minute + time.Duration(i*7919%batch)*350*time.Millisecond
}

func late() { panic("a cancelled timer fired") }
