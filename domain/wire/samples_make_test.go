package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

var (
	sampleOrg    = uuid.MustParse("0b0e7d8e-6d3b-8c55-9f0e-3a1c5d7e9f01")
	sampleMember = uuid.MustParse("5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02")
	sampleGroup  = uuid.MustParse("9a2f4b60-1c3d-8e4f-8a5b-6c7d8e9fa003")
	sampleOther  = uuid.MustParse("c1d2e3f4-a5b6-8798-8899-aabbccddee04")
	sampleEvent  = uuid.MustParse("e0e1e2e3-e4e5-86e7-88e9-eaebecedee05")
	sampleKey    = uuid.MustParse("d0d1d2d3-d4d5-86d7-88d9-dadbdcdddd06")
	sampleStream = domain.MemberStream(sampleOrg, sampleMember)
)

// sampleSeal seals with the key 00…1f and the nonce 00…0b, so that samples are the same bytes every time.
func sampleSeal(t *testing.T) Seal {
	aead := sampleAEAD(t)
	return func(plain, aad []byte) (string, error) {
		nonce := counting(aead.NonceSize())
		return domain.SealPrefix + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, aad)), nil
	}
}

func sampleOpen(t *testing.T) Open {
	aead := sampleAEAD(t)
	return func(text string, aad []byte) ([]byte, error) {
		raw, err := base64.RawURLEncoding.DecodeString(text[len(domain.SealPrefix):])
		if err != nil {
			return nil, err
		}
		return aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], aad)
	}
}

func sampleAEAD(t *testing.T) cipher.AEAD {
	block, err := aes.NewCipher(counting(32))
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	return aead
}

func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func sampleMetadata() *domain.Metadata {
	return &domain.Metadata{
		CommandID: uuid.MustParse("0198c0de-0000-7000-8000-000000000001"), RequestHash: "ab12cd34",
		Actor: domain.Actor{Kind: domain.ActorToken, ID: "admin"}, Via: "admin-token",
		Org: sampleOrg, Subject: sampleMember, ReceivedAt: instant("2026-03-02T01:06:30.123456Z"),
		CorrelationID: uuid.MustParse("0198c0de-0000-7000-8000-000000000001"), Schema: 1, KeyID: &sampleKey,
	}
}

func instant(s string) domain.Instant {
	i, err := domain.ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return i
}

func ptr[T any](v T) *T { return &v }

// newSamples are the events that TestWriteNewSamples writes; the key is Type/case.
func newSamples() map[string]domain.Event {
	at, later := instant("2026-03-02T01:06:00Z"), instant("2026-03-02T10:00:00.5Z")
	hours := domain.Span{From: &at, To: &later, Zone: "Asia/Shanghai"}
	days := domain.Span{FromDate: "2026-03-02", ToDate: "2026-03-04", Zone: "Asia/Shanghai"}
	why := domain.Private("看病 \"dentist\"")
	rule := domain.RawRule(`{"effective_from":"2026-03-01","name":"总部","time_zone":"Asia/Shanghai"}`)
	return map[string]domain.Event{
		"AccountRegistered/full":          domain.AccountRegistered{Account: sampleOther, Name: domain.Private("李四"), Phone: domain.Private("+8613800138000"), Email: domain.Private("li@example.org"), Language: "zh"},
		"AccountRegistered/least":         domain.AccountRegistered{Account: sampleOther, Phone: domain.Private("+8613800138000")},
		"AccountChanged/full":             domain.AccountChanged{Name: domain.Private("Li Si"), Phone: domain.Private("+8613900139000"), Email: domain.Private(""), Avatar: ptr("cafe"), Language: ptr("en")},
		"AccountChanged/name":             domain.AccountChanged{Name: domain.Private("Li Si")},
		"AccountErased/one":               domain.AccountErased{},
		"OrganizationCreated/full":        domain.OrganizationCreated{Name: "大可 & Co", Industry: "software", Address: domain.Private("上海市南京东路 1 号"), Country: "CN", Sample: true},
		"OrganizationCreated/least":       domain.OrganizationCreated{Name: "Acme"},
		"OrganizationChanged/full":        domain.OrganizationChanged{Name: ptr("New name"), Industry: ptr(""), Address: domain.Private("2 Main St")},
		"DepartmentAdded/root":            domain.DepartmentAdded{Department: sampleOther, Name: "R&D"},
		"DepartmentAdded/child":           domain.DepartmentAdded{Department: sampleOther, Name: "后端", Parent: &sampleGroup},
		"DepartmentChanged/renamed":       domain.DepartmentChanged{Department: sampleOther, Name: ptr("Backend")},
		"DepartmentChanged/moved":         domain.DepartmentChanged{Department: sampleOther, Parent: &sampleGroup},
		"DepartmentChanged/to_root":       domain.DepartmentChanged{Department: sampleOther, Root: true},
		"DepartmentClosed/one":            domain.DepartmentClosed{Department: sampleOther},
		"OwnerAdded/one":                  domain.OwnerAdded{Member: sampleMember},
		"OwnerRemoved/one":                domain.OwnerRemoved{Member: sampleMember},
		"AttendanceEnabled/empty":         domain.AttendanceEnabled{},
		"AttendanceDisabled/empty":        domain.AttendanceDisabled{},
		"ApproversChanged/one":            domain.ApproversChanged{Approvers: []domain.ID{sampleMember}},
		"ApproversChanged/none":           domain.ApproversChanged{Approvers: []domain.ID{}},
		"MonitoringChanged/some":          domain.MonitoringChanged{Items: []string{"Late", "leave"}},
		"LeaveTypeDefined/annual":         domain.LeaveTypeDefined{LeaveType: "annual", Name: "年假", Paid: true, Unit: "half_day"},
		"LeaveTypeDefined/unpaid":         domain.LeaveTypeDefined{LeaveType: "unpaid", Name: "Unpaid", Unit: "day"},
		"MemberProvisioned/full":          domain.MemberProvisioned{Member: sampleMember, Number: "0042", Name: domain.Private("王芳"), Email: domain.Private("fang@example.com"), Phone: domain.Private("+8613800000000"), Position: "engineer", Department: &sampleOther, Joined: "2026-03-01"},
		"MemberProvisioned/least":         domain.MemberProvisioned{Member: sampleMember, Number: "7", Joined: "2015-01-02"},
		"MemberJoined/full":               domain.MemberJoined{Member: sampleMember, Account: sampleOther, Number: "0042", Name: domain.Private("王芳"), Position: "engineer", Department: &sampleGroup, Joined: "2026-03-01"},
		"MemberJoined/least":              domain.MemberJoined{Member: sampleMember, Account: sampleOther, Joined: "2026-03-01"},
		"MemberLinked/one":                domain.MemberLinked{Account: sampleOther},
		"MemberChanged/full":              domain.MemberChanged{Name: domain.Private("Wang Fang"), Email: domain.Private("w@example.com"), Phone: domain.Private("+861"), Number: ptr("0043"), Position: ptr(""), Department: &sampleOther, Joined: ptr(domain.Date("2025-12-31"))},
		"MemberChanged/joined":            domain.MemberChanged{Joined: ptr(domain.Date("2024-02-29"))},
		"MemberLeft/one":                  domain.MemberLeft{Left: "2026-06-30"},
		"GroupAssigned/follows":           domain.GroupAssigned{Group: sampleGroup, From: "2026-03-01", Follows: true},
		"MemberChanged/moved":             domain.MemberChanged{Department: &sampleOther, DepartmentFrom: "2026-05-01"},
		"MemberChanged/moved_in_the_past": domain.MemberChanged{Department: &sampleOther, DepartmentFrom: "2026-01-01", Reason: domain.Private("was there since January\nalready")},
		"DepartmentChanged/moved_on":      domain.DepartmentChanged{Department: sampleOther, Parent: &sampleGroup, From: "2026-05-01"},
		"GroupLinked/department":          domain.GroupLinked{Department: &sampleOther, From: "2026-03-01"},
		"GroupLinked/everybody":           domain.GroupLinked{From: "2026-03-01"},
		"GroupUnlinked/department":        domain.GroupUnlinked{Department: &sampleOther, From: "2026-05-01"},
		"GroupUnlinked/everybody":         domain.GroupUnlinked{From: "2026-05-01"},
		"GroupAssigned/one":               domain.GroupAssigned{Group: sampleGroup, From: "2026-03-01"},
		"RoleGranted/manager":             domain.RoleGranted{Role: domain.RoleManager, Department: &sampleOther},
		"RoleGranted/hr":                  domain.RoleGranted{Role: domain.RoleHR},
		"RoleRevoked/hr":                  domain.RoleRevoked{Role: domain.RoleHR},
		"BadgeAssigned/zeros":             domain.BadgeAssigned{Number: "0042", Member: sampleMember, From: "2026-03-01"},
		"BadgeAssigned/machine":           domain.BadgeAssigned{Number: "42", Member: sampleMember, From: "2026-03-01", Kind: domain.BadgeMachine},
		"BadgeAssigned/until":             domain.BadgeAssigned{Number: "42", Member: sampleMember, From: "2026-03-01", Until: "2026-06-30", Kind: domain.BadgeMachine},
		"BadgeReleased/one":               domain.BadgeReleased{Number: "0042", Member: sampleMember, Until: "2026-06-30"},
		"GroupCreated/one":                domain.GroupCreated{Group: sampleGroup, Name: "Head office"},
		"RuleChanged/first":               domain.RuleChanged{Version: 1, EffectiveFrom: "2026-03-01", Rule: rule},
		"GroupClosed/empty":               domain.GroupClosed{},
		"ShiftScheduled/rest":             domain.ShiftScheduled{Member: sampleMember, Shifts: map[domain.Date]*string{"2026-03-03": nil, "2026-03-02": ptr("night")}, Cleared: []domain.Date{"2026-03-04"}},
		"ShiftSwapped/shift":              domain.ShiftSwapped{Member: sampleMember, Date: "2026-03-02", Shift: ptr("night"), Request: sampleOther},
		"ShiftSwapped/rest":               domain.ShiftSwapped{Member: sampleMember, Date: "2026-03-02", Request: sampleOther},
		"HolidayDeclared/named":           domain.HolidayDeclared{Date: "2026-10-01", Name: "国庆节"},
		"HolidayDeclared/withdrawn":       domain.HolidayDeclared{Date: "2026-10-01", Withdrawn: true},
		"WorkdayDeclared/shift":           domain.WorkdayDeclared{Date: "2026-10-10", Shift: "day"},
		"WorkdayDeclared/withdrawn":       domain.WorkdayDeclared{Date: "2026-10-10", Withdrawn: true},
		"CalendarYearLoaded/file":         domain.CalendarYearLoaded{Country: "CN", Year: 2027, Holidays: map[domain.Date]string{"2027-01-01": "元旦"}, Workdays: map[domain.Date]string{"2027-02-14": "春节"}, Source: "https://www.gov.cn/zhengce/2027.htm", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
		"CalendarYearLoaded/cn":           domain.CalendarYearLoaded{Country: "CN", Year: 2026, Holidays: map[domain.Date]string{"2026-10-02": "国庆节", "2026-10-01": "国庆节"}, Workdays: map[domain.Date]string{"2026-10-10": ""}, Source: "国办发明电〔2025〕7号"},
		"AccessRecorded/punches":          domain.AccessRecorded{Actor: domain.Actor{Kind: domain.ActorMember, ID: sampleOther.String()}, Subjects: []domain.ID{sampleMember}, Fields: []string{"address", "lat", "lng"}, Purpose: "punches", QueryHash: strings.Repeat("0f", 32), At: instant("2026-03-02T01:05:00Z")},
		"ClockAdvanced/one":               domain.ClockAdvanced{Through: instant("2026-03-02T01:05:00Z")},
		"PunchRecorded/phone":             phonePunch(at),
		"PunchRecorded/offline":           domain.PunchRecorded{Member: sampleMember, At: at, ClaimedAt: &at, AtLower: &at, AtUpper: &later, Zone: "Europe/Berlin", SourceType: domain.SourceUser, Flags: []domain.Flag{domain.FlagOfflineUnapproved, domain.FlagClockSkew}},
		"PunchRecorded/queued":            domain.PunchRecorded{Member: sampleMember, At: at, ClaimedAt: &at, AtLower: &at, AtUpper: &later, Zone: "Asia/Shanghai", SourceType: domain.SourceUser, Flags: []domain.Flag{domain.FlagOffline}},
		"PunchRecorded/line":              domain.PunchRecorded{Member: sampleMember, Number: "0042", At: at, Zone: "Asia/Shanghai", Wall: "2026-03-02T09:06:00", State: "IN", Source: "file", CheckType: domain.OnDuty, SourceType: domain.SourceImport, RuleVersion: 1, Group: &sampleGroup},
		"PunchRecorded/self":              domain.PunchRecorded{Member: sampleMember, Number: "0042", At: at, Zone: "Asia/Shanghai", Wall: "2026-03-02T09:06:00", Source: "file", SourceType: domain.SourceImport, Flags: []domain.Flag{domain.FlagSelfWritten}},
		"PunchPlaced/inside":              domain.PunchPlaced{Punch: sampleEvent, PlaceID: "hq", DistanceM: ptr(12), Group: &sampleGroup, RuleVersion: 2},
		"PunchPlaced/outside":             domain.PunchPlaced{Punch: sampleEvent, DistanceM: ptr(1200), Group: &sampleGroup, RuleVersion: 2},
		"PunchReviewed/approved":          domain.PunchReviewed{Punch: sampleEvent, Review: "approved"},
		"PunchReviewed/rejected":          domain.PunchReviewed{Punch: sampleEvent, Review: "rejected", Reason: why},
		"PunchVoided/one":                 domain.PunchVoided{Punch: sampleEvent, Import: sampleOther},
		"PunchRestored/one":               domain.PunchRestored{Punch: sampleEvent, Import: sampleOther},
		"SlotCorrected/one":               domain.SlotCorrected{Member: sampleMember, Date: "2026-03-02", Section: 1, CheckType: domain.OffDuty, At: later, Zone: "Asia/Shanghai", Reason: why},
		"ImportStarted/wide":              domain.ImportStarted{Import: sampleOther, Files: []domain.ImportFile{{SHA256: "aa", Bytes: 10}, {SHA256: "bb", Bytes: 0}}, Format: "wide-csv", Zone: "Asia/Kolkata", CreateMembers: true},
		"ImportStarted/machine":           domain.ImportStarted{Import: sampleOther, Files: []domain.ImportFile{{SHA256: "aa", Bytes: 10}}, Format: "attlog", Zone: "Asia/Shanghai", Machine: "ZK001"},
		"ImportStarted/said":              domain.ImportStarted{Import: sampleOther, Files: []domain.ImportFile{{SHA256: "aa", Bytes: 10}}, Format: "auto", Zone: "Asia/Shanghai", Dates: "mdy", Encoding: "gb18030", Map: "number=Wer,at=Wann"},
		"ImportFinished/issues":           domain.ImportFinished{Import: sampleOther, Lines: 10, Punches: 5, Known: 1, Duplicates: 1, Refused: 2, Warnings: 1, MembersCreated: 2, Issues: []domain.LineIssue{{File: 0, From: 3, To: 4, Code: "bad_date", Text: "not a date"}, {File: 1, From: 9, To: 9, Code: "clock_jump", Warning: true}}, IssuesLeftOut: 1},
		"ImportFinished/clean":            domain.ImportFinished{Import: sampleOther, Lines: 1, Punches: 1},
		"ImportReverted/one":              domain.ImportReverted{Import: sampleOther, Punches: 5},
		"ImportReverted/kept": domain.ImportReverted{Import: sampleOther, Punches: 5, Members: 2, Joined: 1, KeptLeftOut: 3,
			Kept: []domain.ImportKept{{Member: sampleMember, Number: "0042", What: domain.KeptMember, Reason: domain.KeptAccount}, {Member: sampleOther, Number: "7", What: domain.KeptJoined, Reason: domain.KeptPunches}}},
		"ImportFinished/doubted":  domain.ImportFinished{Import: sampleOther, Lines: 3, Punches: 2, Warnings: 1, Doubted: 1},
		"MakeupRequested/full":    domain.MakeupRequested{Request: sampleOther, Member: sampleMember, Date: "2026-03-02", Section: 1, CheckType: domain.OnDuty, At: at, Zone: "Asia/Shanghai", Kind: "missing", Reason: why, Proofs: []string{"aa"}},
		"LeaveRequested/days":     domain.LeaveRequested{Request: sampleOther, Member: sampleMember, LeaveType: "annual", Span: days, Reason: why, Proofs: []string{"aa"}},
		"LeaveRequested/hours":    domain.LeaveRequested{Request: sampleOther, Member: sampleMember, LeaveType: "sick", Span: hours},
		"TripRequested/days":      domain.TripRequested{Request: sampleOther, Member: sampleMember, Span: days, Reason: why, Proofs: []string{"aa"}},
		"OutRequested/hours":      domain.OutRequested{Request: sampleOther, Member: sampleMember, Span: hours, Reason: why, Proofs: []string{"aa"}},
		"OvertimeRequested/hours": domain.OvertimeRequested{Request: sampleOther, Member: sampleMember, Span: hours, Reason: why, Proofs: []string{"aa"}},
		"RequestCommented/one":    domain.RequestCommented{Request: sampleOther, Member: sampleMember, Comment: why},
		"RequestApproved/self":    domain.RequestApproved{Request: sampleOther, Member: sampleMember, Comment: why, SelfApproved: true},
		"RequestApproved/plain":   domain.RequestApproved{Request: sampleOther, Member: sampleMember},
		"RequestRejected/reason":  domain.RequestRejected{Request: sampleOther, Member: sampleMember, Reason: why},
		"RequestWithdrawn/one":    domain.RequestWithdrawn{Request: sampleOther, Member: sampleMember},
		"RequestCancelled/one":    domain.RequestCancelled{Request: sampleOther, Member: sampleMember, Reason: why},
		"MakeupCounted/claimed":   domain.MakeupCounted{Request: sampleOther, Month: "2026-03"},
		"MakeupCounted/released":  domain.MakeupCounted{Request: sampleOther, Month: "2026-03", Released: true},
		"LeaveReserved/one":       domain.LeaveReserved{Request: sampleOther, LeaveType: "annual", From: at, Until: later},
		"LeaveReleased/one":       domain.LeaveReleased{Request: sampleOther},

		"OrganizationChanged/hidden": domain.OrganizationChanged{Searchable: ptr(false)},
		"OrganizationChanged/period": domain.OrganizationChanged{FirstDay: &domain.FirstDay{Day: 26, From: "2026-05"}},
		"PenaltyWaived/slot":         domain.PenaltyWaived{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late", Reason: why},
		"PenaltyWaived/day":          domain.PenaltyWaived{Date: "2026-03-05", When: "Absent"},
		"PenaltyRestored/slot":       domain.PenaltyRestored{Date: "2026-03-05", Section: 1, CheckType: domain.OnDuty, When: "Late", Reason: why},
		"OrganizationChanged/handle": domain.OrganizationChanged{Handle: ptr("qingsong-2")},
		"HandleClaimed/one":          domain.HandleClaimed{Org: sampleOrg, Handle: "qingsong-2"},
		"HandleReleased/one":         domain.HandleReleased{Org: sampleOrg, Handle: "qingsong-2"},
		"OwnerAdded/alone":           domain.OwnerAdded{Member: sampleMember, Alone: true},
		"RoleGranted/team":           domain.RoleGranted{Role: domain.RoleManager, Group: &sampleGroup},
		"RoleGranted/alone":          domain.RoleGranted{Role: domain.RoleAuditor, Alone: true},
		"RoleRevoked/team":           domain.RoleRevoked{Role: domain.RoleManager, Group: &sampleGroup},
		"RoleProposed/auditor":       domain.RoleProposed{Member: sampleMember, Role: domain.RoleAuditor},
		"RoleProposed/hr":            domain.RoleProposed{Member: sampleMember, Role: domain.RoleHR},
		"OwnerRemovalProposed/one":   domain.OwnerRemovalProposed{Member: sampleMember},
		"RoleProposed/owner":         domain.RoleProposed{Member: sampleMember, Role: domain.RoleOwner},
		"JoinRequested/full":         domain.JoinRequested{Member: sampleMember, Account: sampleOther, Name: domain.Private("王芳"), Number: "0042", Department: &sampleGroup, Message: domain.Private("我是 \"new\""), Invitation: &sampleOther},
		"JoinRequested/least":        domain.JoinRequested{Member: sampleMember, Account: sampleOther},
		"JoinApproved/plain":         domain.JoinApproved{},
		"JoinApproved/as":            domain.JoinApproved{As: &sampleOther},
		"JoinRejected/reason":        domain.JoinRejected{Reason: why},
		"JoinRejected/withdrawn":     domain.JoinRejected{Withdrawn: true},
		"JoinRejected/plain":         domain.JoinRejected{},
		"InvitationIssued/full":      domain.InvitationIssued{Invitation: sampleOther, SHA256: "cafe", ExpiresAt: later, Uses: 1, Department: &sampleOther, Group: &sampleGroup, Approval: true, Member: &sampleMember, By: domain.Actor{Kind: domain.ActorMember, ID: sampleMember.String()}},
		"InvitationIssued/least":     domain.InvitationIssued{Invitation: sampleOther, SHA256: "cafe", ExpiresAt: later, Uses: 50, By: domain.Actor{Kind: domain.ActorToken, ID: "admin"}},
		"InvitationUsed/one":         domain.InvitationUsed{Account: sampleOther, Member: sampleMember},
		"InvitationRevoked/empty":    domain.InvitationRevoked{},
		"TokenIssued/full":           domain.TokenIssued{Token: sampleOther, Name: "payroll", Scopes: []string{"members:read", "punches:write"}, SHA256: "cafe", ExpiresAt: &later, By: domain.Actor{Kind: domain.ActorMember, ID: sampleMember.String()}},
		"TokenIssued/least":          domain.TokenIssued{Token: sampleOther, Name: "payroll", Scopes: []string{"members:read"}, SHA256: "cafe", By: domain.Actor{Kind: domain.ActorToken, ID: "admin"}},
		"TokenRevoked/one":           domain.TokenRevoked{Token: sampleOther},
		"InstallationFounded/one":    domain.InstallationFounded{Installation: sampleOther, Fingerprint: strings.Repeat("0f", 32)},
		"KeyStoreReplaced/one":       domain.KeyStoreReplaced{Fingerprint: strings.Repeat("1e", 32), Reason: "the disk with the keys and its backup burnt"},
		"RollbackDeclared/first":     domain.RollbackDeclared{Reason: "磁盘损坏，恢复到昨晚的备份", Epoch: 1},
	}
}

func phonePunch(at domain.Instant) domain.PunchRecorded {
	return domain.PunchRecorded{
		Member: sampleMember, At: at, ClaimedAt: &at, Zone: "Asia/Shanghai", CheckType: domain.OnDuty, SourceType: domain.SourceUser,
		PlaceID: "hq", NetworkID: "office", DistanceM: ptr(0), AccuracyM: ptr(15), DeviceID: "phone-1", DeviceBound: ptr(false),
		Group: &sampleGroup, RuleVersion: 3, Flags: []domain.Flag{domain.FlagUnboundDevice}, Photo: "cafe",
		Lat: domain.Private(31.2304), Lng: domain.Private(121.4737), SSID: domain.Private("office"), BSSID: domain.Private("00:11:22:33:44:55"),
		IP: domain.Private("203.0.113.9"), Address: domain.Private("南京东路"), Note: domain.Private("late bus"),
	}
}
