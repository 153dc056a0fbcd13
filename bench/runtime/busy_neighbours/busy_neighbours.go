// A goroutine sleeps for a millisecond, again and again, beside four that never wait: how late it wakes.
package main

import (
	"time"

	"bench/figure"
)

const (
	loops  = 4
	wanted = time.Millisecond
)

func main() {
	times := make([]time.Duration, figure.Count())
	for loop := 0; loop < loops; loop++ {
		go spin()
	}
	for i := range times {
		begin := time.Now()
		time.Sleep(wanted)
		times[i] = time.Since(begin) - wanted
	}
	figure.Late("late", times, time.Millisecond, "ms")
}

// Ends with the program.
func spin() {
	for {
	}
}
