package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	eventsFull = `{"type":"about:blank","title":"Insufficient Storage","status":507,"detail":"the disk of the event store is full; nothing was written; free space and send the request again","code":"storage_full"}`
	othersFull = `{"type":"about:blank","title":"Insufficient Storage","status":507,"detail":"the server's disk for keys and files is full; nothing was written; free space and send the request again","code":"storage_full"}`
)

// smallDisk is a folder of 64 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root mounts a tmpfs; deploy/single/node fills a store by RLIMIT_FSIZE as any user")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("this machine lets even root mount no tmpfs: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fill takes all room that a disk has left, and gives what frees it again.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	ballast := filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	require.NoError(t, err)
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
	return func() { require.NoError(t, os.Remove(ballast)) }
}

// TestAFullDisk: events, keys and files lie on one small disk. When it is full, punches, new members and photos are refused with 507 and reads go on;
// with room again the same requests are taken, without a restart, and everything acknowledged is there once.
func TestAFullDisk(t *testing.T) {
	disk := smallDisk(t)
	r := serveTo(t, io.Discard, func(c *serveCmd) { c.Data = filepath.Join(disk, "data") }).ready()
	org := r.company(ruleKolkata)
	base := "/api/v1/orgs/" + org
	member, _ := r.id("POST", "/orgs/"+org+"/members", `{"number":"1","joined":"2026-11-01"}`)
	taken := 0
	for round := range 3 {
		for range 20 {
			r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
			taken++
		}
		free := fill(t, disk)
		refused := r.punchUntilRefused(base, &taken)
		a := r.send(refused)
		require.Equal(t, eventsFull, a.body)
		require.Equal(t, http.StatusInsufficientStorage, a.status)
		require.Equal(t, "30", a.header.Get("Retry-After"))
		hire := ask{method: "POST", path: base + "/members", body: fmt.Sprintf(`{"number":"new-%d","name":"张三","joined":"2026-11-01"}`, round), header: map[string]string{"Idempotency-Key": newKey(t)}}
		a = r.send(hire)
		require.Equal(t, http.StatusInsufficientStorage, a.status, a.body)
		require.Contains(t, []string{eventsFull, othersFull}, a.body)
		found := ask{method: "POST", path: "/api/v1/orgs", body: `{"name":"Too late"}`, header: map[string]string{"Idempotency-Key": newKey(t)}}
		a = r.send(found)
		require.Equal(t, othersFull, a.body, "an organization begins with its key")
		require.Equal(t, http.StatusInsufficientStorage, a.status)
		picture := snapshot(t, uint8(round), "in the full room")
		a = r.sendPhoto("/orgs/"+org, "?purpose=punch&member="+member, "image/jpeg", picture)
		require.Equal(t, http.StatusInsufficientStorage, a.status, a.body)
		require.Equal(t, othersFull, a.body)
		require.Equal(t, http.StatusOK, r.get(base+"/members").status, "reads go on")
		r.says("event_store", "disk_full")

		free()
		require.Eventually(t, func() bool { return r.send(refused).status/100 == 2 }, waitLong, tick)
		require.Eventually(t, func() bool { return r.send(hire).status/100 == 2 }, waitLong, tick)
		require.Eventually(t, func() bool { return r.send(found).status/100 == 2 }, waitLong, tick)
		taken++
		require.Eventually(t, func() bool {
			return r.sendPhoto("/orgs/"+org, "?purpose=punch&member="+member, "image/jpeg", picture).status == http.StatusCreated
		}, waitLong, tick)
	}
	_, position := r.id("POST", "/orgs/"+org+"/punches", `{"number":"1"}`)
	taken++
	require.Equal(t, taken, r.punchCount(base+"/members/"+member, position))
	var members struct{ Items []json.RawMessage }
	r.get(base+"/members").json(t, &members)
	require.Len(t, members.Items, 4)
	code, said, errs := r.daka("diff", "--org", org)
	require.Equal(t, exitClean, code, said+errs)
}

// punchUntilRefused gives the first punch that was refused; a store keeps some room in files that it has already made.
func (r *rig) punchUntilRefused(base string, taken *int) ask {
	r.t.Helper()
	for range 100_000 {
		q := ask{method: "POST", path: base + "/punches", body: `{"number":"1"}`, header: map[string]string{"Idempotency-Key": newKey(r.t)}}
		if a := r.send(q); a.status != http.StatusCreated {
			require.Equal(r.t, http.StatusInsufficientStorage, a.status, a.body)
			return q
		}
		*taken++
	}
	require.Fail(r.t, "100,000 punches fit on a full disk")
	return ask{}
}

// punchCount counts a member's punches, page by page.
func (r *rig) punchCount(member, position string) (n int) {
	r.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []json.RawMessage
			Next  string
		}
		a := r.fresh(member + "/punches?limit=500&min_position=" + position + "&cursor=" + cursor)
		a.json(r.t, &page)
		n += len(page.Items)
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}
