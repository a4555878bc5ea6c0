package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"
)

// The states of what needs a person.
const (
	ReviewOpen         = "open"
	ReviewSnoozed      = "snoozed"      // set aside for a while
	ReviewAcknowledged = "acknowledged" // set aside until it happens anew
)

// ReviewStates are all of them.
var ReviewStates = []string{ReviewOpen, ReviewSnoozed, ReviewAcknowledged}

// ReviewItem is one thing that needs a person. Finders write them, so that pages only read.
type ReviewItem struct {
	ID        string
	Kind      string
	Subject   string // what it is about: an id, an address or a name, depending on the kind; may be empty
	Detail    string // for operators; never a secret
	Severity  Severity
	Times     int // how often it happened
	FirstAt   time.Time
	LastAt    time.Time
	State     string // one of ReviewStates
	DecidedBy string // the operator who set it aside
	DecidedAt *time.Time
	UntilAt   *time.Time // when a snoozed one comes back
}

// ReviewFinding is what a finder sees of one thing.
type ReviewFinding struct {
	Subject, Detail string
	Severity        Severity
	Since, Last     time.Time   // the zero time: now, when it was first seen
	Times           int         // 0: once
	Happened        []time.Time // of what happens now and then, in any order; the three above follow from it
}

// ReviewFinder looks for one kind of thing.
type ReviewFinder struct {
	Kind string
	Keep time.Duration // how long after the last time it needs a person; 0: as long as it is found
	Find func(ctx context.Context) ([]ReviewFinding, error)
}

// reviewDetailMax is how much of a detail is kept, in bytes.
const reviewDetailMax = 500

// RefreshReview writes down what a finder sees now. What it sees no more goes, or what happened too long ago. What was
// acknowledged comes back when it happened after that.
func (db *DB) RefreshReview(ctx context.Context, finder ReviewFinder) error {
	found, err := finder.Find(ctx)
	if err != nil {
		return fmt.Errorf("look for %s: %w", finder.Kind, err)
	}
	err = db.InTx(ctx, func(tx *Tx) error { return tx.refreshReview(ctx, finder, found) })
	if err != nil {
		return fmt.Errorf("write down %s: %w", finder.Kind, err)
	}
	return nil
}

func (tx *Tx) refreshReview(ctx context.Context, finder ReviewFinder, found []ReviewFinding) error {
	var items []ReviewItem
	if err := tx.forUpdate(ctx).Where("kind = ?", finder.Kind).Order("id").Find(&items).Error; err != nil {
		return err
	}
	gone := map[string]ReviewItem{}
	for _, item := range items {
		gone[item.Subject] = item
	}
	for _, f := range found {
		var err error
		if item, known := gone[f.Subject]; known {
			err = tx.updateReview(ctx, item, f)
		} else {
			err = tx.addReview(ctx, finder.Kind, f)
		}
		if err != nil {
			return err
		}
		delete(gone, f.Subject)
	}
	return tx.dropReview(ctx, gone, finder.Keep)
}

// dropReview deletes what is found no more and need not be kept.
func (tx *Tx) dropReview(ctx context.Context, gone map[string]ReviewItem, keep time.Duration) error {
	for _, item := range gone {
		if keep > 0 && item.LastAt.Add(keep).After(tx.Now()) {
			continue
		}
		if err := spent(tx.write(ctx).Delete(&ReviewItem{}, "id = ?", item.ID)); err != nil {
			return err
		}
	}
	return nil
}

// after is the finding without what has happened up to a moment.
func (f ReviewFinding) after(moment time.Time) ReviewFinding {
	if len(f.Happened) == 0 {
		return f
	}
	f.Happened = slices.DeleteFunc(slices.Clone(f.Happened), func(at time.Time) bool { return !at.After(moment) })
	if f.Times = len(f.Happened); f.Times > 0 {
		f.Since, f.Last = slices.MinFunc(f.Happened, time.Time.Compare), slices.MaxFunc(f.Happened, time.Time.Compare)
	}
	return f
}

func (tx *Tx) addReview(ctx context.Context, kind string, f ReviewFinding) error {
	f = f.after(time.Time{})
	if f.Since.IsZero() {
		f.Since = tx.Now()
	}
	if f.Last.IsZero() {
		f.Last = f.Since
	}
	item := ReviewItem{
		ID: NewID(), Kind: kind, Subject: f.Subject, Detail: text(f.Detail, reviewDetailMax), Severity: f.Severity, Times: max(f.Times, 1),
		FirstAt: f.Since, LastAt: f.Last, State: ReviewOpen,
	}
	return tx.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&item).Error // another node may have seen it as well
}

func (tx *Tx) updateReview(ctx context.Context, item ReviewItem, f ReviewFinding) error {
	before := item
	item.Detail, item.Severity = text(f.Detail, reviewDetailMax), f.Severity
	switch fresh := f.after(item.LastAt); {
	case len(f.Happened) > 0 && fresh.Times > 0:
		item.Times, item.LastAt = item.Times+fresh.Times, fresh.Last
	case len(f.Happened) == 0:
		item.Times = max(f.Times, 1)
		if f.Last.After(item.LastAt) {
			item.LastAt = f.Last
		}
	}
	if item.State == ReviewAcknowledged && item.LastAt.After(*item.DecidedAt) {
		item.State, item.DecidedBy, item.DecidedAt = ReviewOpen, "", nil
	}
	if item == before {
		return nil
	}
	return spent(tx.write(ctx).Select("*").Where("id = ?", item.ID).Updates(&item))
}

// WakeReview opens what was snoozed and whose time is over.
func (db *DB) WakeReview(ctx context.Context) error {
	err := db.write(ctx).Model(&ReviewItem{}).Where("until_at IS NOT NULL AND until_at <= ?", db.Now()).
		Updates(map[string]any{"state": ReviewOpen, "decided_by": "", "decided_at": nil, "until_at": nil}).Error
	if err != nil {
		return fmt.Errorf("wake what was snoozed: %w", err)
	}
	return nil
}
