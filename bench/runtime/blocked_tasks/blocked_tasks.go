// Goroutines that wait in the middle of a call for an answer that does not come: the bytes of one.
package main

import "bench/figure"

type request struct {
	value  int
	answer chan<- int
}

func main() {
	count := figure.Count()
	requests, asked := make(chan request), make(chan struct{})
	go func() {
		for i := 0; i < count; i++ {
			<-requests
		}
		close(asked)
	}()
	before := figure.Resident()
	for task := 0; task < count; task++ {
		go ask(requests, task)
	}
	<-asked
	figure.Bytes("blocked", count, before)
}

func ask(requests chan<- request, value int) int {
	answer := make(chan int)
	requests <- request{value, answer}
	return value + <-answer
}
