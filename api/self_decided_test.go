package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestADaySaysWhoDecidedAboutThemselves: the one administrator's correction, approval and review, now, as it was known, and after a rebuild.
func TestADaySaysWhoDecidedAboutThemselves(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	w.write(boss.org, domain.MemberStream(boss.org, boss.member), boss.member, domain.MemberChanged{Joined: ptrTo(domain.Date("2026-01-01"))})
	group := w.made(boss.caller(), "POST", org+"/groups", `{"name":"Office","rule":{"name":"Office","time_zone":"UTC","effective_from":"2026-01-01","shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}}}}`)
	w.made(boss.caller(), "PUT", org+"/members/me/group", fmt.Sprintf(`{"group":%q,"from":"2026-01-01"}`, group.ID))
	w.made(boss.caller(), "PUT", org+"/attendance", `{"enabled":true}`)
	w.write(boss.org, domain.ClockStream(boss.org, domain.At(time.Now())), boss.org, domain.ClockAdvanced{Through: domain.At(time.Now())})
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format(time.DateOnly) }

	w.made(boss.caller(), "POST", org+"/members/me/corrections", `{"date":"`+day(3)+`","check_type":"OnDuty","at":"`+day(3)+`T09:00:00Z","reason":"forgot"}`)
	asked := w.made(boss.caller(), "POST", org+"/requests", `{"type":"leave","leave_type":"annual","from_date":"`+day(5)+`","to_date":"`+day(5)+`"}`)
	before := time.Now()
	w.made(boss.caller(), "POST", org+"/requests/"+asked.ID.String()+"/approve", "")
	punch := w.made(theAdmin, "POST", org+"/punches", `{"member":"`+boss.member.String()+`","source_type":"ATM","wall":"`+day(7)+`T09:05:00","zone":"UTC"}`)
	require.NoError(t, w.server.reads.Settle(w.ctx, w.engine, boss.org))
	last := w.made(boss.caller(), "POST", org+"/members/me/punches/"+punch.ID.String()+"/review", `{"review":"approved"}`)
	self := func(rest string) (out map[string]bool) {
		var body struct {
			Days []struct {
				Date        string `json:"date"`
				SelfDecided bool   `json:"self_decided"`
			}
		}
		a := w.ask(boss.caller(), "GET", v1+org+"/members/me/days?from="+day(8)+"&to="+day(2)+rest, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		a.into(t, &body)
		out = map[string]bool{}
		for _, d := range body.Days {
			out[d.Date] = d.SelfDecided
		}
		return out
	}
	want := map[string]bool{day(8): false, day(7): true, day(6): false, day(5): true, day(4): false, day(3): true, day(2): false}
	require.Equal(t, want, self("&min_position="+last.Position))
	require.Equal(t, want, self("&known_at="+time.Now().UTC().Format(time.RFC3339Nano)))
	want[day(7)], want[day(5)] = false, false
	require.Equal(t, want, self("&known_at="+before.UTC().Format(time.RFC3339Nano)))

	diff, err := w.engine.Diff(w.ctx, &boss.org)
	require.NoError(t, err)
	for _, table := range diff.Tables {
		require.Zero(t, table.Differing, "%s: %v", table.Table, table.Keys)
	}
	_, err = w.engine.Rebuild(w.ctx, nil)
	require.NoError(t, err)
	want[day(7)], want[day(5)] = true, true
	require.Equal(t, want, self(""))

	other := w.join(boss.org, "2", nil, role(domain.RoleHR))
	again := w.made(other.caller(), "POST", org+"/members/"+boss.member.String()+"/punches/"+punch.ID.String()+"/review", `{"review":"rejected"}`)
	want[day(7)] = false
	require.Equal(t, want, self("&min_position="+again.Position), "another has the last word")
}

func ptrTo[T any](v T) *T { return &v }
