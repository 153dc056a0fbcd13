// A number goes round a ring of 10,000 goroutines: the time of one hop.
package main

import (
	"time"

	"bench/figure"
)

const members = 10_000

func main() {
	hops := figure.Count()
	first := make(chan int)
	last := first
	for member := 1; member < members; member++ {
		next := make(chan int)
		go pass(last, next)
		last = next
	}
	begin, hop := time.Now(), 0
	for hop < hops {
		first <- hop + 1
		hop = <-last
	}
	figure.Each("hop", hop, time.Since(begin))
}

func pass(from <-chan int, to chan<- int) {
	for hop := range from {
		to <- hop + 1
	}
}
