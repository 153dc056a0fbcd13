// Two goroutines give way to each other: the time of one yield.
package main

import (
	"runtime"
	"sync"
	"time"

	"bench/figure"
)

const tasks = 2

func main() {
	count := figure.Count()
	var all sync.WaitGroup
	all.Add(tasks)
	begin := time.Now()
	for task := 0; task < tasks; task++ {
		go func() {
			for i := 0; i < count; i++ {
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	all.Wait()
	figure.Each("yield", tasks*count, time.Since(begin))
}
