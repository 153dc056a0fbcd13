// Takes a mutex, adds one and gives it back: the time of that, by one goroutine alone and by four at once.
package main

import (
	"fmt"
	"sync"
	"time"

	"bench/figure"
)

type counter struct {
	lock  sync.Mutex
	value int
}

func main() {
	count := figure.Count()
	figure.Each("one_task", count, add(1, count))
	figure.Each("four_tasks", 4*count, add(4, count))
}

func add(tasks, count int) time.Duration {
	var shared counter
	var all sync.WaitGroup
	all.Add(tasks)
	begin := time.Now()
	for task := 0; task < tasks; task++ {
		go func() {
			for i := 0; i < count; i++ {
				shared.lock.Lock()
				shared.value++
				shared.lock.Unlock()
			}
			all.Done()
		}()
	}
	all.Wait()
	took := time.Since(begin)
	if shared.value != tasks*count {
		figure.Fail(fmt.Errorf("counted to %d", shared.value))
	}
	return took
}
