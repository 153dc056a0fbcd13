// Reads through a nil pointer, which the processor reports, and goes on after the panic: the time of one.
package main

import (
	"fmt"
	"time"

	"bench/figure"
)

func main() {
	count := figure.Count()
	begin, caught := time.Now(), 0
	for i := 0; i < count; i++ {
		if _, err := read(nil); err != nil {
			caught++
		}
	}
	took := time.Since(begin)
	if caught != count {
		figure.Fail(fmt.Errorf("%d of %d faults were caught", caught, count))
	}
	figure.Print("fault", float64(took.Microseconds())/float64(count), "us")
}

//go:noinline
func read(place *int) (value int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = reason.(error)
		}
	}()
	return *place, nil
}
