package api

import (
	"context"

	"github.com/dakahq/daka/api/calendar"
	"github.com/dakahq/daka/api/read"
	"github.com/dakahq/daka/api/route"
	"github.com/dakahq/daka/domain"
)

// Setup says what is still missing before people can punch.
type Setup struct {
	Complete   bool        `json:"complete"`
	Attendance bool        `json:"attendance" doc:"attendance is switched on"`
	Groups     int         `json:"groups" doc:"open groups that have a rule"`
	Members    int         `json:"members"`
	Ungrouped  int         `json:"ungrouped" doc:"members without a group; their days are Unscheduled"`
	Waiting    int         `json:"waiting" doc:"requests to join without an answer"`
	Missing    []string    `json:"missing" doc:"the codes of the steps that are not done, in order"`
	Steps      []SetupStep `json:"steps" doc:"all steps, in order"`
	// Calendars are asked for in time; people can punch without them.
	Calendars []calendar.WantedYear `json:"calendars" doc:"years of holidays that rules ask for and that are not loaded: this one, and from 1 November the next"`
}

// SetupStep is one thing to do before people can punch.
type SetupStep struct {
	Code string      `json:"code" enum:"rule,members,groups,attendance,handle"`
	Done bool        `json:"done"`
	Text route.Words `json:"text" doc:"what is missing, or what is done"`
	// Method and Path are where to mend it.
	Method string `json:"method"`
	Path   string `json:"path"`
}

// setup reads the directory, so that it also answers while the read models are away.
func (s *organizations) setup(_ context.Context, in *read.OrgRead) (*read.One[Setup], error) {
	org, err := in.Org.ID()
	if err == nil {
		err = s.guard.Known(org, nil)
	}
	if err != nil {
		return nil, err
	}
	out := s.counted(org)
	base := v1 + "/orgs/" + org.String()
	out.Steps = []SetupStep{
		{"rule", out.Groups > 0, route.InBoth("an attendance group with its rule: shifts, places, what counts as late", "建立考勤组并设置考勤规则：班次、地点、迟到标准"), "POST", base + "/groups"},
		{"members", out.Members > 0, route.InBoth("members: invite them, let them ask to join, or add them", "添加成员：发出邀请、审批加入申请，或直接录入"), "POST", base + "/invitations"},
		{"groups", out.Members > 0 && out.Ungrouped == 0, route.InBoth("every member is in a group; who is in none can punch, but the day is not judged", "每位成员都加入考勤组；未加入者可以打卡，但当天不计考勤"), "PUT", base + "/members/{member}/group"},
		{"attendance", out.Attendance, route.InBoth("attendance is switched on; until then punches are refused", "开启考勤；开启之前不能打卡"), "PUT", base + "/attendance"},
		{"handle", s.handleOf(org) != "", route.InBoth("a short name to sign in with, number@handle; until an owner sets one, people sign in with number@"+org.String(), "设置企业号，成员用 工号@企业号 登录；所有者设置之前，可用 工号@"+org.String()+" 登录"), "PATCH", base},
	}
	out.Calendars = s.calendar.Wanted(org)
	out.Missing, out.Complete = []string{}, true
	for _, step := range out.Steps {
		if !step.Done {
			out.Missing, out.Complete = append(out.Missing, step.Code), false
		}
	}
	return &read.One[Setup]{Body: out}, nil
}

func (s *organizations) counted(org domain.ID) Setup {
	d := s.config.Directory
	o, _ := d.Organization(org)
	out := Setup{Attendance: o.Attendance, Waiting: len(d.Joins.Pending(org))}
	for _, g := range d.Groups(org) {
		if !g.Closed && g.Version > 0 {
			out.Groups++
		}
	}
	now := s.guard.Today(org)
	for _, m := range d.Members(org) {
		if m.Left != "" {
			continue
		}
		out.Members++
		if !m.Grouped(now) {
			out.Ungrouped++
		}
	}
	return out
}
