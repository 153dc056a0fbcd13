// A goroutine receives from whichever of several channels has something, and a goroutine behind each of them sends: the
// time of a received value, with two channels and with eight.
package main

import (
	"time"

	"bench/figure"
)

func main() {
	count := figure.Count()
	figure.Each("over_2", count, over2(sources(2), count))
	figure.Each("over_8", count, over8(sources(8), count))
}

// Channels that never run dry; who sends there ends with the program.
func sources(count int) []chan int {
	made := make([]chan int, count)
	for i := range made {
		source := make(chan int)
		made[i] = source
		go func() {
			for value := 0; ; value++ {
				source <- value
			}
		}()
	}
	return made
}

func over2(from []chan int, count int) time.Duration {
	a, b := from[0], from[1]
	begin := time.Now()
	for i := 0; i < count; i++ {
		select {
		case <-a:
		case <-b:
		}
	}
	return time.Since(begin)
}

func over8(from []chan int, count int) time.Duration {
	a, b, c, d, e, f, g, h := from[0], from[1], from[2], from[3], from[4], from[5], from[6], from[7]
	begin := time.Now()
	for i := 0; i < count; i++ {
		select {
		case <-a:
		case <-b:
		case <-c:
		case <-d:
		case <-e:
		case <-f:
		case <-g:
		case <-h:
		}
	}
	return time.Since(begin)
}
