// Two goroutines pass a number to and fro through two channels without room: the time of a round trip.
package main

import (
	"time"

	"bench/figure"
)

func main() {
	count := figure.Count()
	ping, pong := make(chan int), make(chan int)
	go func() {
		for value := range ping {
			pong <- value + 1
		}
	}()
	begin, value := time.Now(), 0
	for value < count {
		ping <- value
		value = <-pong
	}
	figure.Each("round_trip", count, time.Since(begin))
}
