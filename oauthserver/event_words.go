package oauthserver

import (
	"maps"

	"latchkey/models"
)

// auditWords name every action of this package for operators.
var auditWords = map[models.Action]models.AuditWords{
	eventConsentGrant:      {Done: "Client allowed to use the account", Severity: models.SeverityInfo},
	eventConsentDeny:       {Done: "Client not allowed to use the account", Severity: models.SeverityInfo},
	eventConsentRevoke:     {Done: "Consent revoked", Severity: models.SeverityNotice},
	eventAppRevoke:         {Done: "Access of a client revoked", Severity: models.SeverityNotice},
	eventFamilyEnd:         {Done: "One sign-in of a client revoked", Severity: models.SeverityNotice},
	eventForeignBrowser:    {Done: "Request continued in another browser", Severity: models.SeverityWarning},
	eventAccountChanged:    {Done: "Another account was signed in than the request began with", Severity: models.SeverityWarning},
	eventLogout:            {Done: "Signed out by a client", Severity: models.SeverityInfo},
	eventAccountCascade:    {Done: "Access of all clients ended with the account", Severity: models.SeverityNotice},
	eventGrantBegin:        {Done: "Client signed somebody in", Severity: models.SeverityInfo},
	eventGrantEnd:          {Done: "Access of a client ended", Severity: models.SeverityInfo},
	eventCodeReplay:        {Done: "An authorization code was used twice", Severity: models.SeverityAlert},
	eventRefreshRetry:      {Done: "A refresh token was sent again, and answered again", Severity: models.SeverityInfo},
	eventRefreshRetryLimit: {Done: "A refresh token was sent again too often", Severity: models.SeverityWarning},
	eventRefreshReuse:      {Done: "A used refresh token was used again", Severity: models.SeverityAlert},
	eventTokenRevoke:       {Done: "Token revoked by its client", Severity: models.SeverityInfo},
	eventClientAuthFailed:  {Done: "Client did not prove who it is", Severity: models.SeverityWarning},
	eventClientTurnedAway:  {Done: "A disabled client sent somebody to sign in", Severity: models.SeverityWarning},
	eventKeyCreate:         {Done: "Signing key made", Severity: models.SeverityNotice},
	eventKeyActivate:       {Done: "Signing key in use", Severity: models.SeverityNotice},
	eventKeyRetire:         {Done: "Signing key retired", Severity: models.SeverityNotice},

	eventClientCreate:  {Done: "Client created", Severity: models.SeverityNotice},
	eventClientUpdate:  {Done: "Client changed", Severity: models.SeverityNotice},
	eventClientDisable: {Done: "Client disabled", Severity: models.SeverityNotice},
	eventClientEnable:  {Done: "Client enabled", Severity: models.SeverityNotice},
	eventClientRotate:  {Done: "Client secret replaced", Severity: models.SeverityNotice},
	eventKeysRotate:    {Done: "Signing keys rotated by hand", Severity: models.SeverityNotice},

	eventClientVerify:    {Done: "Client marked as verified, or no longer", Severity: models.SeverityNotice},
	eventClientDelete:    {Done: "Client deleted", Severity: models.SeverityWarning},
	eventClientEndSecret: {Done: "Old client secret ended", Severity: models.SeverityNotice},
	eventConsentEnd:      {Done: "Consent revoked by an operator", Severity: models.SeverityNotice},
	eventClientsExport:   {Done: "Clients exported", Failed: "Export of clients cut short", Severity: models.SeverityNotice},
	eventConsentsExport:  {Done: "Consents exported", Failed: "Export of consents cut short", Severity: models.SeverityNotice},
	eventTokenEnd:        {Done: "Access token revoked by an operator", Severity: models.SeverityNotice},
	eventFamilyRevoke:    {Done: "Sign-ins of a client revoked by an operator", Severity: models.SeverityNotice},
	eventTokenFind:       {Done: "A token was looked up", Severity: models.SeverityNotice},
	eventKeySign:         {Done: "Signing key put to use by hand", Severity: models.SeverityNotice},
	eventKeyUnpublish:    {Done: "Signing key retired by hand", Severity: models.SeverityNotice},
	eventKeyRevoke:       {Done: "Signing key revoked", Severity: models.SeverityAlert},
}

// AuditVocabulary is what every action of this package is called, for operators.
func AuditVocabulary() map[models.Action]models.AuditWords { return maps.Clone(auditWords) }
