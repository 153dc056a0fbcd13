// Four goroutines send numbers through one channel to a fifth, which adds them up: messages in a second.
package main

import (
	"fmt"
	"time"

	"bench/figure"
)

const (
	producers = 4
	room      = 1024
)

func main() {
	each := figure.Count()
	inbox := make(chan int, room)
	begin := time.Now()
	for producer := 0; producer < producers; producer++ {
		go func() {
			for value := 0; value < each; value++ {
				inbox <- value
			}
		}()
	}
	sum := 0
	for received := 0; received < producers*each; received++ {
		sum += <-inbox
	}
	took := time.Since(begin)
	if sum != producers*each*(each-1)/2 {
		figure.Fail(fmt.Errorf("the sum is %d", sum))
	}
	figure.Print("messages", float64(producers*each)/1e6/took.Seconds(), "M/s")
}
