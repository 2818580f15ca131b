package main

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/dakahq/daka/api/readiness"
)

// diskLow is the room below which the data directory's disk is said to be nearly full: some days of a large company.
const diskLow = 256 << 20

// lookAtDisk warns before the data directory has no room; what is full is said by whoever could not write.
func (m *machine) lookAtDisk(context.Context) readiness.Finding {
	var s unix.Statfs_t
	if err := unix.Statfs(m.config.Data, &s); err != nil {
		return readiness.Finding{State: readiness.Degraded, Reason: "failed", Detail: fmt.Sprintf("look at the disk of %s: %v", m.config.Data, err)}
	}
	free := s.Bavail * uint64(s.Bsize)
	if free >= diskLow {
		return readiness.Fine()
	}
	return readiness.Finding{State: readiness.Degraded, Reason: "disk_low", Detail: fmt.Sprintf("%d MiB are free in %s", free>>20, m.config.Data)}
}
