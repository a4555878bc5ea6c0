package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SearchTerm is one text by which operators find a thing: they type the start of it. It is written in the transaction of
// the row it leads to.
type SearchTerm struct {
	Kind string `gorm:"primaryKey"` // of what Ref names, such as searchMember
	Term string `gorm:"primaryKey"` // in lower case
	Ref  string `gorm:"primaryKey"` // the id of the row
}

func (t SearchTerm) place() TermCursor { return TermCursor{t.Term, t.Ref} }

// searchMember is the kind of terms that lead to people.
const searchMember = "member"

// termMax is how much of a text is kept, in bytes: the start is what is looked for, and an index entry is short.
const termMax = 200

// memberTerms are the address, its domain, each word of the name, and the id.
func memberTerms(u User) []string {
	_, domain, _ := strings.Cut(u.Email, "@")
	return append(strings.Fields(u.Name), u.Email, domain, u.ID)
}

// IndexNobody does the work of indexing a person and leaves nothing: a sign-up with an address that is taken must not be told
// from one with a free address by what it costs.
func (tx *Tx) IndexNobody(ctx context.Context, email, name string) error {
	nobody := User{ID: NewID(), Email: email, Name: name}
	if err := tx.indexMember(ctx, nobody); err != nil {
		return err
	}
	return tx.unindexMember(ctx, nobody.ID)
}

// indexMember writes the terms of a person who has none.
func (db *DB) indexMember(ctx context.Context, u User) error {
	return db.index(ctx, searchMember, u.ID, memberTerms(u))
}

func (db *DB) unindexMember(ctx context.Context, id string) error {
	return db.unindex(ctx, searchMember, id)
}

// index writes the terms of a thing that has none.
func (db *DB) index(ctx context.Context, kind, ref string, texts []string) error {
	var rows []SearchTerm
	for _, term := range searchable(texts) {
		rows = append(rows, SearchTerm{kind, term, ref})
	}
	if err := db.write(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
		return fmt.Errorf("index %s: %w", kind, err)
	}
	return nil
}

// searchable is each text once, as it is looked for.
func searchable(texts []string) []string {
	terms := make([]string, len(texts))
	for i, term := range texts {
		lower := strings.ToLower(term)
		terms[i] = text(lower, min(len(lower), termMax))
	}
	slices.Sort(terms)
	return slices.DeleteFunc(slices.Compact(terms), func(term string) bool { return term == "" })
}

func (db *DB) unindex(ctx context.Context, kind, ref string) error {
	if err := db.write(ctx).Where("kind = ? AND ref = ?", kind, ref).Delete(&SearchTerm{}).Error; err != nil {
		return fmt.Errorf("unindex %s: %w", kind, err)
	}
	return nil
}

// beginning are the terms of a kind that begin with a text, in their order: a range of the index, so that % and _ mean themselves.
func beginning(list *gorm.DB, kind, typed string) *gorm.DB {
	prefix := strings.ToLower(strings.TrimSpace(typed))
	return list.Where("search_terms.kind = ? AND term >= ? AND term < ?", kind, prefix, pastPrefix(prefix))
}

// pastPrefix is the first text after all that begin with prefix: no character sorts behind this one.
func pastPrefix(prefix string) string { return prefix + "\U0010FFFF" }
