package postgres

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

const (
	leastBuffersMB = 128
	mostBuffersMB  = 1024
)

// sizing is what depends on the machine's memory: a sixteenth of it for Postgres' own buffers, which are only used as far as there are
// data, between 128 MB and 1 GB.
func sizing(memoryMB int) string {
	buffers := min(max(memoryMB/16, leastBuffersMB), mostBuffersMB)
	return fmt.Sprintf("shared_buffers = %dMB\neffective_cache_size = %dMB\n", buffers, max(memoryMB/3, 2*leastBuffersMB))
}

// machineMB is the machine's memory in MiB, 0 when it cannot be read.
func machineMB() int {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	return totalMB(f)
}

func totalMB(meminfo io.Reader) int {
	for lines := bufio.NewScanner(meminfo); lines.Scan(); {
		var kb int
		if n, _ := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
