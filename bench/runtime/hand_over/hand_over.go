// Two goroutines, each on a thread of its own, pass a number to and fro, so that each sleeps while the other one runs:
// the time of a round trip.
package main

import (
	"runtime"
	"time"

	"bench/figure"
)

func main() {
	count := figure.Count()
	ping, pong := make(chan int), make(chan int)
	go func() {
		runtime.LockOSThread()
		for value := range ping {
			pong <- value + 1
		}
	}()
	runtime.LockOSThread()
	begin, value := time.Now(), 0
	for value < count {
		ping <- value
		value = <-pong
	}
	figure.Print("round_trip", float64(time.Since(begin).Microseconds())/float64(count), "us")
}
