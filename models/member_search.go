package models

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// Found is a person that a search found, by the first of their terms that matched.
type Found struct {
	Member Member
	Term   string
}

// Cursor is the place of this person in the list of a search.
func (f Found) Cursor() TermCursor { return TermCursor{f.Term, f.Member.User.ID} }

// MembersLookedAt is how many matches of a search are looked at for the rest of a filter, for one page: a search for one letter
// matches half of all members.
const MembersLookedAt = 2000

// FindMembersAfter lists the people whose terms begin with f.Term, by term, after a place; a zero place is the top. more is true
// when it gave up looking for further ones after MembersLookedAt matches.
func (db *DB) FindMembersAfter(ctx context.Context, f MemberFilter, place TermCursor, limit int) (found []Found, more bool, err error) {
	return db.findMembers(ctx, f, limit, place, db.matchingAfter)
}

// FindMembersBefore lists those before a place, the nearest to it first.
func (db *DB) FindMembersBefore(ctx context.Context, f MemberFilter, place TermCursor, limit int) (found []Found, more bool, err error) {
	return db.findMembers(ctx, f, limit, place, db.matchingBefore)
}

// prefix is what the terms that a search matches begin with.
func (f MemberFilter) prefix() string { return strings.ToLower(strings.TrimSpace(f.Term)) }

// matchingAfter are the terms that begin with f.Term, after a place; before the first stands the bare beginning. There is one
// lower bound: of two PostgreSQL would take the one on both columns, and walk all terms up to the other.
func (db *DB) matchingAfter(ctx context.Context, f MemberFilter, place TermCursor) *gorm.DB {
	if place == (TermCursor{}) {
		place.Term = f.prefix()
	}
	return db.terms(ctx).Where("term < ? AND (term, ref) > (?, ?)", pastPrefix(f.prefix()), place.Term, place.Ref).Order("term, ref")
}

// matchingBefore are those before a place, the nearest to it first.
func (db *DB) matchingBefore(ctx context.Context, f MemberFilter, place TermCursor) *gorm.DB {
	return db.terms(ctx).Where("term >= ? AND (term, ref) < (?, ?)", f.prefix(), place.Term, place.Ref).Order("term DESC, ref DESC")
}

func (db *DB) terms(ctx context.Context) *gorm.DB {
	return db.read(ctx).Model(&SearchTerm{}).Select("term", "ref").Where("kind = ?", searchMember)
}

// findMembers walks the terms from a place on, in windows, until it has found enough. The first is short: mostly it is enough.
func (db *DB) findMembers(ctx context.Context, f MemberFilter, limit int, at TermCursor, matching func(context.Context, MemberFilter, TermCursor) *gorm.DB) (found []Found, more bool, err error) {
	window := 2 * limit
	for looked := 0; looked < MembersLookedAt; {
		var terms []SearchTerm
		if err := matching(ctx, f, at).Limit(window).Find(&terms).Error; err != nil {
			return nil, false, fmt.Errorf("walk terms: %w", err)
		}
		fit, err := db.fitting(ctx, f, terms)
		if err != nil {
			return nil, false, err
		}
		if found = append(found, fit...); len(found) >= limit {
			found = found[:limit]
			return found, false, db.addMembers(ctx, found)
		}
		if len(terms) < window {
			return found, false, db.addMembers(ctx, found)
		}
		at = terms[window-1].place()
		looked, window = looked+window, max(window, 100)
	}
	return found, true, db.addMembers(ctx, found)
}

// foundEach reads all that a search finds, in blocks of terms.
func (db *DB) foundEach(ctx context.Context, f MemberFilter, each func([]Member) error) error {
	after := func(than *TermCursor) (terms []SearchTerm, err error) {
		if than == nil {
			than = &TermCursor{}
		}
		if err := db.matchingAfter(ctx, f, *than).Limit(ListBlock).Find(&terms).Error; err != nil {
			return nil, fmt.Errorf("walk terms: %w", err)
		}
		return terms, nil
	}
	return eachBlock(SearchTerm.place, after, func(terms []SearchTerm) error {
		found, err := db.fitting(ctx, f, terms)
		if err != nil {
			return err
		}
		ids := make([]string, len(found))
		for i, one := range found {
			ids[i] = one.Member.User.ID
		}
		block, err := db.MembersByIDs(ctx, ids)
		if err != nil {
			return err
		}
		return each(block)
	})
}

// fitting are the people behind terms whom the rest of the filter selects, each once: by the first of their terms that matches.
func (db *DB) fitting(ctx context.Context, f MemberFilter, terms []SearchTerm) (found []Found, err error) {
	refs := make([]string, len(terms))
	for i, t := range terms {
		refs[i] = t.Ref
	}
	if len(refs) == 0 {
		return nil, nil
	}
	var ids []string
	if err := db.comparedUsers(db.read(ctx).Table("users").Where("id IN ?", refs), f).Pluck("id", &ids).Error; err != nil {
		return nil, fmt.Errorf("compare members: %w", err)
	}
	firstOf, err := db.firstMatches(ctx, f, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		if firstOf[t.Ref] == t.Term {
			found = append(found, Found{Member{User: User{ID: t.Ref}}, t.Term})
		}
	}
	return found, nil
}

// firstMatches is the first of each person's terms that the search matches, by their id.
func (db *DB) firstMatches(ctx context.Context, f MemberFilter, ids []string) (map[string]string, error) {
	first := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return first, nil
	}
	var terms []SearchTerm
	if err := db.read(ctx).Where("kind = ? AND ref IN ?", searchMember, ids).Find(&terms).Error; err != nil {
		return nil, fmt.Errorf("read terms: %w", err)
	}
	for _, t := range terms {
		earlier, has := first[t.Ref]
		if strings.HasPrefix(t.Term, f.prefix()) && (!has || t.Term < earlier) {
			first[t.Ref] = t.Term
		}
	}
	return first, nil
}

// addMembers fills in who the people found are.
func (db *DB) addMembers(ctx context.Context, found []Found) error {
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.Member.User.ID
	}
	members, err := db.MembersByIDs(ctx, ids)
	if err != nil {
		return err
	}
	of := make(map[string]Member, len(members))
	for _, m := range members {
		of[m.User.ID] = m
	}
	for i := range found {
		found[i].Member = of[ids[i]]
	}
	return nil
}
