package api

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// TestAPenaltyIsWaivedAndRestored over HTTP: listed, waived with the reason, restored; nobody waives their own, and only what is there.
func TestAPenaltyIsWaivedAndRestored(t *testing.T) {
	w := newWalls(t, nil)
	org, boss := w.founded("Acme")
	group := w.made(boss.caller(), "POST", org+"/groups", `{"name":"Strict","rule":{"name":"Strict","time_zone":"UTC","effective_from":"2026-01-01",
		"shifts":{"day":{"sections":[{"on":"09:00","off":"18:00"}]}},"week":["day","day","day","day","day","day","day"],
		"penalties":[{"when":"Absent","from_count":1,"deduct_days":1}]}}`)
	w.made(boss.caller(), "PUT", org+"/attendance", `{"enabled":true}`)
	day := time.Now().UTC().AddDate(0, 0, -3).Format(time.DateOnly)
	late := w.made(boss.caller(), "POST", org+"/members", fmt.Sprintf(`{"number":"77","name":"Late","group":%q,"joined":%q}`, group.ID, day))
	w.write(boss.org, domain.MemberStream(boss.org, boss.member), boss.member, domain.MemberChanged{Joined: ptrTo(domain.Date(day))}, domain.GroupAssigned{Group: group.ID, From: domain.Date(day)})
	w.write(boss.org, domain.ClockStream(boss.org, domain.At(time.Now())), boss.org, domain.ClockAdvanced{Through: domain.At(time.Now())})
	require.NoError(t, w.server.reads.Settle(w.ctx, w.engine, boss.org))
	type item struct {
		ID, Number, Date, When, Reason string
		Waived                         bool
	}
	list := func(rest string) (out map[string]item) {
		a := w.ask(boss.caller(), "GET", v1+org+"/penalties?month="+day[:7]+rest, "")
		require.Equal(t, http.StatusOK, a.status, a.body)
		var body struct{ Items []item }
		a.into(t, &body)
		out = map[string]item{}
		for _, i := range body.Items {
			if i.Date == day {
				out[i.ID] = i
			}
		}
		return out
	}
	id := late.ID.String() + "." + day + ".0.day.Absent"
	own := boss.member.String() + "." + day + ".0.day.Absent"
	all := list("")
	require.Contains(t, all, id)
	require.Contains(t, all, own)
	waive := w.made(boss.caller(), "POST", org+"/penalties/"+id+"/waive", `{"reason":"the lift stood still"}`)
	require.Equal(t, "the lift stood still", list("&min_position=" + url.QueryEscape(waive.Position))[id].Reason)
	require.NotContains(t, list("&waived=false"), id)
	known := list("&member=" + late.ID.String() + "&known_at=" + time.Now().UTC().Format(time.RFC3339Nano))
	require.True(t, known[id].Waived)
	require.Equal(t, "77", known[id].Number)
	back := w.made(boss.caller(), "POST", org+"/penalties/"+id+"/restore", `{"reason":"it did not"}`)
	require.False(t, list("&min_position=" + url.QueryEscape(back.Position))[id].Waived)
	for path, code := range map[string]string{
		own: "self_waiver", late.ID.String() + "." + day + ".1.OnDuty.Late": "penalty_not_found", "nonsense": "penalty_not_found",
	} {
		a := w.ask(boss.caller(), "POST", v1+org+"/penalties/"+path+"/waive", `{"reason":"please"}`)
		require.Equal(t, code, a.code(t), a.body)
	}
}
