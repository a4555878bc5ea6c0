package models

import (
	"context"

	"gorm.io/gorm"
)

// MailStatements are the walks of a filter of the log of mails, in one direction and in the other, from the top and from a place on.
func (db *DB) MailStatements(ctx context.Context, f MailFilter, place MailPlace) (list []Statement) {
	dry := func(query *gorm.DB) {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]LoggedMail{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	if f.Address != "" {
		dry(db.mailsToAfter(ctx, f, nil, 26))
		dry(db.mailsToAfter(ctx, f, &place, 26))
		dry(db.mailsToBefore(ctx, f, place, 26))
		return list
	}
	at := Cursor{place.At, place.ID}
	dry(older(db.mails(ctx, f), nil, 26))
	dry(older(db.mails(ctx, f), &at, 26))
	dry(newer(db.mails(ctx, f), at, 26))
	return list
}

// StoppedStatements are the walks of the list of stopped addresses.
func (db *DB) StoppedStatements(ctx context.Context, place Cursor) (list []Statement) {
	for _, query := range []*gorm.DB{older(db.read(ctx), nil, 26), older(db.read(ctx), &place, 26), newer(db.read(ctx), place, 26)} {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]StoppedAddress{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	return list
}

// MemberNoteStatements are the walks of the notes about a member.
func (db *DB) MemberNoteStatements(ctx context.Context, memberID string, place Cursor) (list []Statement) {
	notes := func() *gorm.DB { return db.read(ctx).Where("member_id = ?", memberID) }
	for _, query := range []*gorm.DB{older(notes(), nil, 26), older(notes(), &place, 26), newer(notes(), place, 26)} {
		made := query.Session(&gorm.Session{DryRun: true}).Find(&[]MemberNote{}).Statement
		list = append(list, Statement{made.SQL.String(), made.Vars})
	}
	return list
}
