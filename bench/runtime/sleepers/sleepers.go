// Many goroutines sleep for times between a millisecond and a second: how late they wake.
package main

import (
	"math/rand"
	"sync"
	"time"

	"bench/figure"
)

func main() {
	times := make([]time.Duration, figure.Count())
	var all sync.WaitGroup
	all.Add(len(times))
	for i := range times {
		wanted := time.Duration(1+rand.Intn(1000)) * time.Millisecond
		late := &times[i]
		go func() {
			begin := time.Now()
			time.Sleep(wanted)
			*late = time.Since(begin) - wanted
			all.Done()
		}()
	}
	all.Wait()
	figure.Late("late", times, time.Microsecond, "us")
}
