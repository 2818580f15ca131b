package commands_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/commands"
	"github.com/dakahq/daka/domain"
)

// punched writes a punch and gives it back as it stands in the ledger.
func (c *company) punched(req commands.RecordPunch) domain.PunchRecorded {
	c.t.Helper()
	r, err := c.Punches.Record(c.t.Context(), c.call(), req)
	require.NoError(c.t, err)
	events := c.events(r.Stream)
	return events[r.Revision].(domain.PunchRecorded)
}

func TestAPunchIsJudgedWhenItIsWritten(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	inside := c.punched(commands.RecordPunch{Member: &member, CheckType: domain.OnDuty, Lat: ptr(31.2305), Lng: ptr(121.4737), AccuracyM: ptr(20), IP: "203.0.113.9", Note: "rain"})
	require.Equal(t, domain.PunchRecorded{
		Member: member, At: domain.At(testNow), Zone: "Asia/Shanghai", CheckType: domain.OnDuty, SourceType: domain.SourceUser,
		PlaceID: "hq", NetworkID: "office", DistanceM: ptr(11), AccuracyM: ptr(20), Group: &group, RuleVersion: 1,
		Lat: domain.Private(31.2305), Lng: domain.Private(121.4737), IP: domain.Private("203.0.113.9"), Note: domain.Private("rain"),
	}, inside)
	outside := c.punched(commands.RecordPunch{Member: &member, Lat: ptr(30.0), Lng: ptr(121.4737), AccuracyM: ptr(900)})
	require.Empty(t, outside.PlaceID)
	require.Equal(t, 136_814, *outside.DistanceM)
	require.Equal(t, []domain.Flag{domain.FlagLowAccuracy}, outside.Flags, "a doubt never refuses a punch")
}

func TestAPunchIsWrittenOnce(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	call := c.call()
	call.CommandID = v7(time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC))
	first, err := c.Punches.Record(t.Context(), call, commands.RecordPunch{Member: &member})
	require.NoError(t, err)
	require.Equal(t, domain.TimesheetStream(c.org, member, "202602"), first.Stream, "the month is that of the id, not of the arrival")
	require.Equal(t, first.Stream+"@0", first.Position)
	_, err = c.Organizations.SetAttendance(t.Context(), c.call(), commands.SetAttendance{Enabled: false})
	require.NoError(t, err)
	again, err := c.copy().Punches.Record(t.Context(), call, commands.RecordPunch{Member: &member})
	require.NoError(t, err, "a repeat is answered though attendance is off by now")
	require.True(t, again.Replay)
	require.Equal(t, first.Events, again.Events)
	_, err = c.Punches.Record(t.Context(), c.call(), commands.RecordPunch{Member: &member})
	requireRefusal(t, err, "attendance_disabled", "attendance is switched off for this organization; an administrator can switch it on")
}

func TestPunchesThatAreWrittenAnyway(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	free := c.hire("1", nil)
	require.Zero(t, c.punched(commands.RecordPunch{Member: &free}).RuleVersion, "no group: accepted")
	gone := c.hire("2", &group)
	_, err := c.Members.End(t.Context(), c.call(), commands.EndMembership{Member: gone, Left: "2026-02-01"})
	require.NoError(t, err)
	require.Equal(t, gone, c.punched(commands.RecordPunch{Member: &gone}).Member, "after leaving: accepted")
	require.Equal(t, gone, c.punched(commands.RecordPunch{Number: "2"}).Member, "the last holder of a free number")
}

func TestPunchesThatAreRefused(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	stranger := v7(testNow)
	for _, x := range []struct {
		req        commands.RecordPunch
		code, text string
	}{
		{commands.RecordPunch{Member: &stranger}, "member_not_found", "there is no such member"},
		{commands.RecordPunch{Number: "99"}, "member_not_found", "no member has the number 99; provision the member first"},
		{commands.RecordPunch{}, "request_invalid", "/member must be given, or number; give one of the two"},
		{commands.RecordPunch{Member: &member, Lat: ptr(1.0)}, "request_invalid", "/lat and lng come together; give both or none"},
		{commands.RecordPunch{Member: &member, Lat: ptr(91.0), Lng: ptr(181.0)}, "number_out_of_range",
			"/lat is out of range; write one from -90 to 90; /lng is out of range; write one from -180 to 180"},
		{commands.RecordPunch{Member: &member, DeviceID: "a\x00b"}, "text_invalid", "/device_id holds the control character U+0000; leave it out"},
		{commands.RecordPunch{Member: &member, ClaimedAt: ptr(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))}, "date_out_of_range",
			"/claimed_at is out of range; write one from 1970-01-01 to 2199-12-31"},
		{commands.RecordPunch{Number: "1", Wall: "0000-03-02T09:00:00", Zone: "Asia/Shanghai"}, "date_out_of_range",
			"/wall is out of range; write one from 1970-01-01 to 2199-12-31"},
		{commands.RecordPunch{Member: &member, Zone: "Mars"}, "request_invalid", `/zone "Mars" is no time zone; name one such as Asia/Shanghai`},
		{commands.RecordPunch{Member: &member, SourceType: domain.SourceBoss}, "request_invalid", "/source_type must be USER, ATM, BEACON, AUTO_CHECK or IMPORT; makeups and corrections have paths of their own"},
		{commands.RecordPunch{Member: &member, Photo: "x"}, "request_invalid", "/photo must be the SHA-256 of an uploaded file, 64 lower-case hex digits"},
		{commands.RecordPunch{Number: "1", Wall: "2026-03-02 09:00", Zone: "Asia/Shanghai"}, "request_invalid", "/wall must be a local time such as 2026-03-02T09:06:00"},
	} {
		_, err := c.Punches.Record(t.Context(), c.call(), x.req)
		requireRefusal(t, err, x.code, x.text)
	}
	call := c.call()
	call.CommandID = domain.ServerID("x", call.CommandID)
	_, err := c.Punches.Record(t.Context(), call, commands.RecordPunch{Member: &member})
	requireRefusal(t, err, "command_id_invalid", "the Idempotency-Key must be a UUID of version 7, made before the first try; "+call.CommandID.String()+" is not")
}

func TestABatchKnowsMachineRecordsByTheirFact(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("0042", &group)
	own := v7(testNow)
	batch := commands.RecordPunches{Punches: []commands.RecordPunch{
		{Number: "0042", Wall: "2026-02-27T09:00:00", Zone: "Asia/Shanghai", Machine: "ZK1", State: "0"},
		{ID: &own, Member: &member},
		{Number: "9", Wall: "2026-02-27T09:00:00", Zone: "Asia/Shanghai"},
		{Member: &member},
		{Member: &member, ClaimedAt: ptr(testNow.Add(-time.Hour)), CheckType: domain.OnDuty},
	}}
	outcomes, err := c.Punches.RecordAll(t.Context(), c.call(), batch)
	require.NoError(t, err)
	require.NoError(t, outcomes[0].Err)
	require.NoError(t, outcomes[1].Err)
	requireRefusal(t, outcomes[2].Err, "member_not_found", "no member has the number 9; provision the member first")
	requireRefusal(t, outcomes[3].Err, "command_id_invalid", "give the punch an id (a UUID of version 7), or the time it was made: wall with zone, or claimed_at")
	require.NoError(t, outcomes[4].Err)
	require.Equal(t, "2026-03-02T01:00:00", c.events(outcomes[4].Receipt.Stream)[1].(domain.PunchRecorded).Wall)
	require.Equal(t, domain.TimesheetStream(c.org, member, "202602"), outcomes[0].Receipt.Stream)
	require.Equal(t, domain.SourceATM, c.events(outcomes[0].Receipt.Stream)[0].(domain.PunchRecorded).SourceType)

	again, err := c.Punches.RecordAll(t.Context(), c.call(), batch)
	require.NoError(t, err)
	require.True(t, again[0].Receipt.Replay && again[1].Receipt.Replay && again[4].Receipt.Replay, "another batch holds the same facts")
	require.Equal(t, 3, c.count("timesheet")["PunchRecorded"])
}

func TestReviewsAndCorrections(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	r, err := c.Punches.Record(t.Context(), c.call(), commands.RecordPunch{Member: &member, Lat: ptr(30.0), Lng: ptr(121.0)})
	require.NoError(t, err)
	review := commands.ReviewPunch{Member: member, Punch: r.Events[0], Stream: r.Stream, Review: "rejected", Reason: "not there"}
	done, err := c.Punches.Review(t.Context(), c.call(), review)
	require.NoError(t, err)
	require.Equal(t, domain.PunchReviewed{Punch: r.Events[0], Review: "rejected", Reason: domain.Private("not there")}, c.events(r.Stream)[done.Revision])
	review.Stream = domain.TimesheetStream(c.org, c.hire("2", nil), "202603")
	_, err = c.Punches.Review(t.Context(), c.call(), review)
	requireRefusal(t, err, "punch_not_found", "there is no such punch")

	placed, err := c.Punches.Place(t.Context(), c.call(), commands.PlacePunch{Member: member, Punch: r.Events[0], Stream: r.Stream})
	require.NoError(t, err)
	require.Equal(t, 1, c.events(r.Stream)[placed.Revision].(domain.PunchPlaced).RuleVersion)

	at := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	fixed, err := c.Punches.CorrectSlot(t.Context(), c.call(), commands.CorrectSlot{Member: member, Date: "2026-03-02", CheckType: domain.OnDuty, At: at, Reason: "was on site"})
	require.NoError(t, err)
	require.Equal(t, domain.SlotCorrected{
		Member: member, Date: "2026-03-02", Section: 1, CheckType: domain.OnDuty, At: domain.At(at), Zone: "Asia/Shanghai", Reason: domain.Private("was on site"),
	}, c.events(fixed.Stream)[fixed.Revision])
	_, err = c.Punches.CorrectSlot(t.Context(), c.call(), commands.CorrectSlot{Member: member, Date: "2026-03-12", CheckType: "Lunch", At: at})
	requireRefusal(t, err, "request_invalid", "/check_type must be OnDuty or OffDuty; /at must lie on the workday or next to it; /reason is empty; write why the slot is corrected")
}

// sentPhotos is who sent which photo.
type sentPhotos map[string]domain.ID

func (s sentPhotos) Has(_, member domain.ID, file string) bool { return s[file] == member }

func TestAPhotoThatWasNeverSentStopsNoPunch(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member, other := c.hire("1", &group), c.hire("2", &group)
	sent := strings.Repeat("ab", 32)
	require.Empty(t, c.punched(commands.RecordPunch{Member: &member, Photo: sent}).Photo, "nobody knows of photos")
	c.Punches.Photos = sentPhotos{sent: member}
	require.Equal(t, sent, c.punched(commands.RecordPunch{Member: &member, Photo: sent}).Photo)
	require.Empty(t, c.punched(commands.RecordPunch{Member: &other, Photo: sent}).Photo, "another's photo is none")
	require.Empty(t, c.punched(commands.RecordPunch{Member: &member, Photo: strings.Repeat("cd", 32)}).Photo, "it was never sent")
	require.Equal(t, sent, c.punched(commands.RecordPunch{Number: "1", Photo: sent}).Photo, "by number, too")
}

// TestAClaimCountsWhenItIsNearOrMadeOffline: a claim that is far off is no time of a punch, however it is said, and is told by a flag.
func TestAClaimCountsWhenItIsNearOrMadeOffline(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	early := ptr(testNow.Add(-14 * time.Minute))
	e := c.punched(commands.RecordPunch{Member: &member, ClaimedAt: early})
	require.Equal(t, domain.At(testNow), e.At)
	require.Equal(t, []domain.Flag{domain.FlagClockSkew}, e.Flags)
	require.Equal(t, domain.At(*early), *e.ClaimedAt, "what was claimed is kept")
	e = c.punched(commands.RecordPunch{Member: &member, ClaimedAt: early, Offline: true})
	require.Equal(t, domain.At(*early), e.At)
	require.Equal(t, []domain.Flag{domain.FlagOffline}, e.Flags)
	own := v7(testNow)
	outcomes, err := c.Punches.RecordAll(t.Context(), c.call(), commands.RecordPunches{Punches: []commands.RecordPunch{
		{Member: &member, ClaimedAt: early, CheckType: domain.OnDuty}, {ID: &own, Member: &member, ClaimedAt: early, Offline: true}}})
	require.NoError(t, err)
	require.NoError(t, outcomes[0].Err)
	require.NoError(t, outcomes[1].Err)
	events := c.events(outcomes[0].Receipt.Stream)
	require.Equal(t, []domain.Flag{domain.FlagClockSkew}, events[len(events)-2].(domain.PunchRecorded).Flags)
	require.Equal(t, []domain.Flag{domain.FlagOffline}, events[len(events)-1].(domain.PunchRecorded).Flags)
}

// TestTheServersClockGoesBack: received_at stays where it was, the punch says that its time is doubtful, and the ledger says so until the clock is there again.
func TestTheServersClockGoesBack(t *testing.T) {
	c := newCompany(t)
	group := c.found()
	member := c.hire("1", &group)
	require.Empty(t, c.punched(commands.RecordPunch{Member: &member}).Flags)
	require.Zero(t, c.Ledger.Regressed())
	c.set(testNow.Add(-2 * time.Minute))
	e := c.punched(commands.RecordPunch{Member: &member})
	require.Equal(t, domain.At(testNow), e.At)
	require.Equal(t, []domain.Flag{domain.FlagClockSkew}, e.Flags)
	require.Equal(t, 2*time.Minute, c.Ledger.Regressed())
	c.set(testNow.Add(time.Second))
	require.Empty(t, c.punched(commands.RecordPunch{Member: &member}).Flags)
	require.Zero(t, c.Ledger.Regressed())
}
