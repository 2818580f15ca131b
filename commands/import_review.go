package commands

import (
	"bytes"
	"context"
	"slices"

	"github.com/dakahq/daka/commands/eventlog"
	"github.com/dakahq/daka/commands/ledger"
	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/domain/attendance"
)

// ReviewImport accepts or rejects all doubted punches of an import that nobody has reviewed yet.
type ReviewImport struct {
	Import domain.ID `json:"-"`
	Review string    `json:"review" enum:"approved,rejected"`
	Reason string    `json:"reason,omitempty" format:"multiline"`
	// Progress is told how many of the punches have been dealt with; it may be nil.
	Progress func(stage ImportStage, done, total int) `json:"-"`
}

// ImportReview says what a review of an import's doubted punches did.
type ImportReview struct {
	Import domain.ID `json:"import"`
	// Reviewed counts the punches that this command reviewed, Before those that somebody had reviewed one by one.
	Reviewed int `json:"reviewed"`
	Before   int `json:"before"`
	// Own counts punches of whoever asks, which wait for somebody else.
	Own    int  `json:"own"`
	Replay bool `json:"replay"`
}

// Review writes a review beside each doubted punch of a finished import. What was reviewed one by one stays as it is, and whoever asks does not
// review their own while another administrator could. The same command again does what is left.
func (s *Imports) Review(ctx context.Context, call ledger.Call, req ReviewImport) (ImportReview, error) {
	var p domain.Problems
	reason := domain.PrivateText(p.FreeText("/reason", req.Reason))
	if req.Review != attendance.ReviewApproved && req.Review != attendance.ReviewRejected {
		p.Add("/review", "must be approved or rejected")
	}
	if err := p.Err(); err != nil {
		return ImportReview{}, err
	}
	if err := domain.CheckCommandTime(call.CommandID, domain.At(s.ledger.Clock())); err != nil {
		return ImportReview{}, err
	}
	if _, err := s.find.organization(ctx, call.Org); err != nil {
		return ImportReview{}, err
	}
	state, _, err := ledger.FoldStream[domain.ImportState](ctx, s.ledger, domain.ImportStream(call.Org, req.Import))
	if err != nil {
		return ImportReview{}, err
	}
	if err := state.MayReview(); err != nil {
		return ImportReview{}, err
	}
	sheets, err := s.doubted(ctx, call.Org, req.Import)
	if err != nil {
		return ImportReview{}, err
	}
	r := &reviewing{s: s, call: call, req: req, reason: reason, out: ImportReview{Import: req.Import}}
	return r.run(ctx, sheets)
}

// doubted finds the doubted punches of an import by their streams.
func (s *Imports) doubted(ctx context.Context, org, imp domain.ID) ([]doubtedSheet, error) {
	var out []doubtedSheet
	at, named, flag := map[string]int{}, []byte(imp.String()), []byte(domain.FlagClockJump)
	err := s.ledger.ReadAll(ctx, func(raw eventlog.Raw) error {
		if raw.Type != "PunchRecorded" || !bytes.Contains(raw.Metadata, named) || !bytes.Contains(raw.Data, flag) {
			return nil
		}
		r, err := ledger.Decode(raw)
		if err != nil {
			return err
		}
		e, is := r.Event.(domain.PunchRecorded)
		if !is || r.Metadata.Org != org || r.Metadata.Batch == nil || *r.Metadata.Batch != imp || !slices.Contains(e.Flags, domain.FlagClockJump) {
			return nil
		}
		k, known := at[raw.Stream]
		if !known {
			k = len(out)
			at[raw.Stream], out = k, append(out, doubtedSheet{stream: raw.Stream, member: e.Member})
		}
		out[k].punches = append(out[k].punches, raw.ID)
		return nil
	})
	return out, err
}

// doubtedSheet is a stream and its doubted punches.
type doubtedSheet struct {
	stream  string
	member  domain.ID
	punches []domain.ID
}

// reviewing is one run of a review.
type reviewing struct {
	s      *Imports
	call   ledger.Call
	req    ReviewImport
	reason *domain.Sealed[string]
	out    ImportReview
	done   counter
}

func (r *reviewing) run(ctx context.Context, sheets []doubtedSheet) (ImportReview, error) {
	total := 0
	for _, sheet := range sheets {
		total += len(sheet.punches)
	}
	r.done.begin(StagePunches, total, r.req.Progress)
	for _, sheet := range sheets {
		if err := r.sheet(ctx, sheet); err != nil {
			return r.out, err
		}
		r.done.add(len(sheet.punches))
	}
	return r.out, nil
}

func (r *reviewing) sheet(ctx context.Context, sheet doubtedSheet) error {
	call, own := r.s.find.aboutOneself(r.call, sheet.member, "self_review", "nobody reviews their own punch; the manager or HR does")
	if own != nil {
		r.out.Own += len(sheet.punches)
		return nil
	}
	var items []ledger.Item[domain.TimesheetState]
	for _, punch := range sheet.punches {
		one := call.Derive(domain.NewPreimage("daka/review-import/1").LPID(call.Org).Raw(r.call.CommandID[:]).Raw(punch[:]))
		one.Subject = sheet.member
		items = append(items, ledger.Item[domain.TimesheetState]{Call: one, Decide: func(st domain.TimesheetState, _ domain.Instant) ([]domain.Event, error) {
			if p, _ := st.Punch(punch); p.Review != "" || p.Voided {
				return domain.None, nil
			}
			return st.Review(domain.PunchReviewed{Punch: punch, Review: r.req.Review, Reason: r.reason})
		}})
	}
	outcomes, err := handleChunks(ctx, r.s.ledger, sheet.stream, items)
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
			return o.Err
		case len(o.Receipt.Events) == 0:
			r.out.Before++
		default:
			r.out.Reviewed++
			r.out.Replay = o.Receipt.Replay
		}
	}
	return err
}

// ImportSummary is an import as its own stream tells it.
type ImportSummary struct {
	ID       domain.ID              `json:"id"`
	State    string                 `json:"state" enum:"running,finished,reverted"`
	Started  domain.ImportStarted   `json:"started"`
	Finished *domain.ImportFinished `json:"finished,omitempty"`
	Reverted *domain.ImportReverted `json:"reverted,omitempty"`
}

// One gives an import with its report and, where it was reverted, what was taken back and what stays.
func (s *Imports) One(ctx context.Context, org, imp domain.ID) (ImportSummary, error) {
	if _, err := s.find.organization(ctx, org); err != nil {
		return ImportSummary{}, err
	}
	state, _, err := ledger.FoldStream[domain.ImportState](ctx, s.ledger, domain.ImportStream(org, imp))
	if err != nil {
		return ImportSummary{}, err
	}
	if state.Started == nil {
		return ImportSummary{}, domain.Refuse("import_not_found", "there is no such import")
	}
	out := ImportSummary{ID: imp, State: "running", Started: *state.Started, Finished: state.Finished, Reverted: state.Reverted}
	switch {
	case state.Reverted != nil:
		out.State = "reverted"
	case state.Finished != nil:
		out.State = "finished"
	}
	return out, nil
}
