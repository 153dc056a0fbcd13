// Four goroutines take a lock, fifteen times to read and once to write: the time of one.
package main

import (
	"fmt"
	"sync"
	"time"

	"bench/figure"
)

const (
	tasks  = 4
	period = 16
)

type register struct {
	lock  sync.RWMutex
	value int
}

func main() {
	rounds := (figure.Count() + period - 1) / period
	var shared register
	var all sync.WaitGroup
	all.Add(tasks)
	begin := time.Now()
	for task := 0; task < tasks; task++ {
		go func() {
			for round := 0; round < rounds; round++ {
				shared.use()
			}
			all.Done()
		}()
	}
	all.Wait()
	figure.Each("use", tasks*rounds*period, time.Since(begin))
	if shared.value != tasks*rounds {
		figure.Fail(fmt.Errorf("%d writes", shared.value))
	}
}

func (r *register) use() {
	seen := 0
	for i := 1; i < period; i++ {
		r.lock.RLock()
		seen = max(seen, r.value)
		r.lock.RUnlock()
	}
	r.lock.Lock()
	r.value = max(seen, r.value) + 1
	r.lock.Unlock()
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}
