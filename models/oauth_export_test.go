package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OAuthListStatements are the lists of clients, consents and tokens as GORM writes them, by name: each filter, and each way.
func (db *DB) OAuthListStatements() map[string]*gorm.Statement {
	dry := db.reader.WithContext(context.Background()).Session(&gorm.Session{DryRun: true})
	now, place := db.Now(), Cursor{db.Now(), "x"}
	statements := map[string]*gorm.Statement{}
	for name, q := range map[string]OAuthClientQuery{
		"all": {}, "enabled": {Enabled: true}, "disabled": {Disabled: true}, "kind": {Kind: "web"}, "origin": {Provenance: "cli"},
		"authentication": {AuthMethod: "none"}, "unverified": {Unverified: true}, "unused": {UnusedSince: now}, "old secret": {KeyedBefore: now},
		"signing in": {Grant: "authorization_code"}, "refreshing": {Grant: "refresh_token"}, "themselves": {Grant: "client_credentials"},
		"scope": {Scope: "openid"}, "scope and kind": {Scope: "openid", Kind: "web", Enabled: true}, "scope and unused": {Scope: "openid", UnusedSince: now}, "scope and old secret": {Scope: "openid", KeyedBefore: now},
	} {
		statements["clients: "+name] = q.older(dry, nil, 25).Find(&[]OAuthClient{}).Statement
		statements["clients: "+name+", older"] = q.older(dry, &place, 25).Find(&[]OAuthClient{}).Statement
		statements["clients: "+name+", newer"] = q.newer(dry, place, 25).Find(&[]OAuthClient{}).Statement
	}
	for name, q := range map[string]OAuthConsentQuery{
		"all": {}, "member": {Subject: "s"}, "client": {ClientID: "c"}, "time": {From: now.Add(-time.Hour), To: now}, "both": {Subject: "s", ClientID: "c"},
		"scope": {Scope: "openid"}, "scope in time": {Scope: "openid", From: now.Add(-time.Hour), To: now}, "scope of client": {Scope: "openid", ClientID: "c"}, "scope of member": {Scope: "openid", Subject: "s"},
	} {
		statements["consents: "+name] = q.older(dry, now, nil, 25).Find(&[]OAuthConsent{}).Statement
		statements["consents: "+name+", older"] = q.older(dry, now, &place, 25).Find(&[]OAuthConsent{}).Statement
		statements["consents: "+name+", newer"] = q.newer(dry, now, place, 25).Find(&[]OAuthConsent{}).Statement
	}
	for name, q := range map[string]OAuthGrantQuery{
		"all": {}, "member": {Subject: "s"}, "client": {ClientID: "c"}, "both": {Subject: "s", ClientID: "c"}, "member active": {Subject: "s", State: GrantsActive},
		"active": {State: GrantsActive}, "over": {State: GrantsOver}, "revoked": {State: GrantsRevoked}, "reused": {State: GrantsReused},
		"client active": {ClientID: "c", State: GrantsActive}, "client over": {ClientID: "c", State: GrantsOver},
		"client revoked": {ClientID: "c", State: GrantsRevoked}, "client reused": {ClientID: "c", State: GrantsReused},
	} {
		q.Now = now
		statements["families: "+name] = q.older(dry, nil, 25).Find(&[]OAuthGrant{}).Statement
		statements["families: "+name+", older"] = q.older(dry, &place, 25).Find(&[]OAuthGrant{}).Statement
		statements["families: "+name+", newer"] = q.newer(dry, place, 25).Find(&[]OAuthGrant{}).Statement
	}
	tokens := dry.Where("grant_id = ?", "g")
	statements["access tokens: family"] = older(tokens.Session(&gorm.Session{}), nil, 25).Find(&[]OAuthAccessToken{}).Statement
	statements["access tokens: family, older"] = older(tokens.Session(&gorm.Session{}), &place, 25).Find(&[]OAuthAccessToken{}).Statement
	statements["access tokens: family, newer"] = newer(tokens.Session(&gorm.Session{}), place, 25).Find(&[]OAuthAccessToken{}).Statement
	statements["search: clients"] = clientsBeginning(dry, "demo", 15).Find(&[]OAuthClient{}).Statement
	return statements
}

// OAuthProofStatement is the proof of a client with the token it asks about, as GORM writes it.
func (db *DB) OAuthProofStatement() *gorm.Statement {
	dry := db.reader.WithContext(context.Background()).Session(&gorm.Session{DryRun: true})
	return proofRows(dry, db.Now(), "c", AttemptKey{"r", "s"}, OAuthTokenKey{[]byte("h"), "g"}).Find(&[]oauthProofRow{}).Statement
}
