// A goroutine asks another one and waits for the answer: the time of a call. Again with 1,000 messages waiting in the
// caller's own inbox, which costs nothing where an answer has a channel of its own.
package main

import (
	"time"

	"bench/figure"
)

const waiting = 1000

type request struct {
	value  int
	answer chan<- int
}

func main() {
	count := figure.Count()
	requests := make(chan request)
	go serve(requests)
	figure.Each("call", count, calls(requests, count))

	inbox := make(chan int, waiting)
	for message := 0; message < waiting; message++ {
		inbox <- message
	}
	figure.Each("call_with_mail", count, calls(requests, count))
}

func serve(requests <-chan request) {
	for asked := range requests {
		asked.answer <- asked.value + 1
	}
}

func calls(requests chan<- request, count int) time.Duration {
	answer := make(chan int, 1) // the server need not wait for the caller
	begin, value := time.Now(), 0
	for value < count {
		requests <- request{value, answer}
		value = <-answer
	}
	return time.Since(begin)
}
