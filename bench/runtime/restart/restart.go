// A goroutine whose every message panics, is recovered and builds its state anew: restarts in a second, the first
// thousand and those after. Go has no supervisor: this is what one writes by hand, and nothing else is cleaned up.
package main

import (
	"errors"
	"time"

	"bench/figure"
)

const (
	first = 1000
	room  = 128
)

var errCrash = errors.New("crash")

type state struct{ handled []int }

func main() {
	count := figure.Count()
	inbox, restarts := make(chan int, room), make(chan time.Time, 2)
	go serve(inbox, restarts, count)

	begin := time.Now()
	for message := 0; message < first+count; message++ {
		inbox <- message
	}
	close(inbox)
	middle, end := <-restarts, <-restarts
	figure.Print("first", first/1e3/middle.Sub(begin).Seconds(), "k/s")
	figure.Print("storm", float64(count)/1e3/end.Sub(middle).Seconds(), "k/s")
}

// Says when the first restarts, and when all, were done.
func serve(inbox <-chan int, restarts chan<- time.Time, count int) {
	for done := 0; done < first+count; done++ {
		if done == first {
			restarts <- time.Now()
		}
		live(inbox)
	}
	restarts <- time.Now()
}

// One life: ends with the message that panics.
func live(inbox <-chan int) {
	mine := state{handled: make([]int, 0, 4)}
	defer func() {
		if reason := recover(); reason != nil && reason != errCrash {
			panic(reason)
		}
	}()
	for message := range inbox {
		mine.handle(message)
	}
}

func (s *state) handle(message int) {
	s.handled = append(s.handled, message)
	panic(errCrash)
}
