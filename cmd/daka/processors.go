package main

import (
	"os"
	"runtime"
)

// leastProcessors is how many threads run Go code at once, also on one core. With one of them, Go asks the network what has come only when
// nothing else is to do, or every 10 ms: above the capacity of one core, requests then wait for seconds before anybody can refuse them
// (`make bench`, section overload: about 2 s with one, 0.3 to 0.7 s with two).
const leastProcessors = 2

// raiseProcessors sees to leastProcessors, unless the operator chose otherwise.
func raiseProcessors() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) < leastProcessors {
		runtime.GOMAXPROCS(leastProcessors)
	}
}
