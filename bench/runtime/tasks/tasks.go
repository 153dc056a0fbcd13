// Goroutines that end at once, a hundred at a time: the time to start one, run it and see its end.
package main

import (
	"sync"
	"time"

	"bench/figure"
)

const batch = 100

func main() {
	rounds := (figure.Count() + batch - 1) / batch
	var all sync.WaitGroup
	begin := time.Now()
	for round := 0; round < rounds; round++ {
		all.Add(batch)
		for task := 0; task < batch; task++ {
			go all.Done()
		}
		all.Wait()
	}
	figure.Each("task", rounds*batch, time.Since(begin))
}
