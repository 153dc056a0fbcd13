// Package figure is what the Go twins share: the count they are given, the lines they print, the memory they have.
package figure

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Count is how often the program shall do what it measures: its only argument.
func Count() int {
	if len(os.Args) == 2 {
		if count, err := strconv.Atoi(os.Args[1]); err == nil && count > 0 {
			return count
		}
	}
	Fail(fmt.Errorf("usage: %s COUNT", os.Args[0]))
	return 0
}

// Print writes a figure as the harness reads it.
func Print(name string, value float64, unit string) {
	fmt.Printf("%s %.3f %s\n", name, value, unit)
}

// Each prints the time of one of count.
func Each(name string, count int, took time.Duration) {
	Print(name, float64(took.Nanoseconds())/float64(count), "ns")
}

// Late prints the median and the 99th percentile.
func Late(name string, times []time.Duration, unit time.Duration, unitName string) {
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	for _, percent := range []int{50, 99} {
		at := times[(len(times)-1)*percent/100]
		Print(fmt.Sprintf("%s_%d", name, percent), float64(at)/float64(unit), unitName)
	}
}

// Resident is the physical memory of the process in bytes.
func Resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		Fail(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		Fail(err)
	}
	return pages * os.Getpagesize()
}

// Bytes prints what each of count added to the physical memory.
func Bytes(name string, count int, before int) {
	Print(name, float64(Resident()-before)/float64(count), "B")
}

// Fail ends the program.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
