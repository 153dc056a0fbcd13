// Actors that have begun and wait for a message, with 40 bytes of state: the time to start one in memory that the
// process never used, its bytes, the time to stop it, and to start one in the memory that the stopped ones had.
package main

import (
	"sync"
	"time"

	"bench/figure"
)

type state [5]int64

func main() {
	count := figure.Count()
	inboxes := make([]chan int64, count)
	before := figure.Resident()

	var ended sync.WaitGroup
	figure.Each("start_untouched", count, start(inboxes, &ended))
	figure.Bytes("idle", count, before)
	figure.Each("stop", count, stop(inboxes, &ended))
	figure.Each("start_touched", count, start(inboxes, &ended))
}

func start(inboxes []chan int64, ended *sync.WaitGroup) time.Duration {
	var started sync.WaitGroup
	started.Add(len(inboxes))
	ended.Add(len(inboxes))
	begin := time.Now()
	for i := range inboxes {
		inbox := make(chan int64)
		inboxes[i] = inbox
		go act(state{int64(i)}, inbox, &started, ended)
	}
	started.Wait()
	return time.Since(begin)
}

// Each is told to stop, and all have.
func stop(inboxes []chan int64, ended *sync.WaitGroup) time.Duration {
	begin := time.Now()
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	return time.Since(begin)
}

func act(mine state, inbox <-chan int64, started, ended *sync.WaitGroup) {
	started.Done()
	for message := range inbox {
		mine[message&3] += message
	}
	ended.Done()
}
