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
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "number,at,check_type")
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -60)
	for written, member := 0, 0; written < n; member++ {
		for day := 0; day < fillPerMember/2 && written < n; day++ {
			date := start.AddDate(0, 0, day)
			on := date.Add(8*time.Hour + 30*time.Minute + time.Duration(random.IntN(3000))*time.Second)
			off := date.Add(17*time.Hour + 50*time.Minute + time.Duration(random.IntN(7200))*time.Second)
			fmt.Fprintf(w, "F%05d,%s,OnDuty\n", member, on.Format(time.DateTime))
			fmt.Fprintf(w, "F%05d,%s,OffDuty\n", member, off.Format(time.DateTime))
			written += 2
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the punches: %w", err)
	}
	return nil
}
