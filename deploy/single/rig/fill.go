package rig

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

// fillPerMember is how many punches one member gets: two a day for 50 days.
const fillPerMember = 100

// WritePunches writes n punches of n/100 members as a csv file for `daka import punches`, two on each of the 50 days before the last Monday.
func WritePunches(file string, n int) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("creating the punches: %w", err)
	}
	defer f.Close()
	w := newPunchWriter(f)
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -60)
	for written, member := 0, 0; written < n; member++ {
		for day := 0; day < fillPerMember/2 && written < n; day++ {
			w.day(member, start.AddDate(0, 0, day))
			written += 2
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the punches: %w", err)
	}
	return nil
}

// WriteWorkdays writes two punches of each member, numbers from F00000, on every Monday to Friday of the days before today, and gives how many.
func WriteWorkdays(file string, members, days int) (punches int, err error) {
	f, err := os.Create(file)
	if err != nil {
		return 0, fmt.Errorf("creating the punches: %w", err)
	}
	defer f.Close()
	w := newPunchWriter(f)
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
	for member := range members {
		for day := range days {
			date := start.AddDate(0, 0, day)
			if date.Weekday() != time.Saturday && date.Weekday() != time.Sunday {
				w.day(member, date)
				punches += 2
			}
		}
	}
	if err := w.Flush(); err != nil {
		return 0, fmt.Errorf("writing the punches: %w", err)
	}
	return punches, nil
}

// punchWriter writes days of two punches: in from 8:30 to 9:20, out from 17:50 to 19:50.
type punchWriter struct {
	*bufio.Writer
	random *rand.Rand
}

func newPunchWriter(f *os.File) *punchWriter {
	w := &punchWriter{bufio.NewWriterSize(f, 1<<20), rand.New(rand.NewPCG(1, 2))}
	fmt.Fprintln(w, "number,at,check_type")
	return w
}

func (w *punchWriter) day(member int, date time.Time) {
	on := date.Add(8*time.Hour + 30*time.Minute + time.Duration(w.random.IntN(3000))*time.Second)
	off := date.Add(17*time.Hour + 50*time.Minute + time.Duration(w.random.IntN(7200))*time.Second)
	fmt.Fprintf(w, "F%05d,%s,OnDuty\n", member, on.Format(time.DateTime))
	fmt.Fprintf(w, "F%05d,%s,OffDuty\n", member, off.Format(time.DateTime))
}
