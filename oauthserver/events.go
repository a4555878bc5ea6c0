package oauthserver

import "latchkey/models"

// The actions of this package in the audit log. Each is written in the transaction of the change it
// tells of; what happens at every request is a metric instead.
const (
	// of a person
	eventConsentGrant      models.Action = "oauth.consent.grant"
	eventConsentDeny       models.Action = "oauth.consent.deny"
	eventConsentRevoke     models.Action = "oauth.consent.revoke"
	eventAppRevoke         models.Action = "oauth.app.revoke"
	eventFamilyEnd         models.Action = "oauth.family.end"
	eventForeignBrowser    models.Action = "oauth.interaction.foreign_browser"
	eventAccountChanged    models.Action = "oauth.interaction.account_changed"
	eventLogout            models.Action = "oauth.logout"
	eventAccountCascade    models.Action = "oauth.account.cascade"
	eventGrantBegin        models.Action = "oauth.grant.begin"
	eventGrantEnd          models.Action = "oauth.grant.end"
	eventCodeReplay        models.Action = "oauth.code.replay"
	eventRefreshRetry      models.Action = "oauth.refresh.retry"
	eventRefreshRetryLimit models.Action = "oauth.refresh.retry_limit"
	eventRefreshReuse      models.Action = "oauth.refresh.reuse"
	eventTokenRevoke       models.Action = "oauth.token.revoke"
	eventClientAuthFailed  models.Action = "oauth.client.auth_failed"
	eventClientTurnedAway  models.Action = "oauth.client.turned_away"
	eventKeyCreate         models.Action = "oauth.key.create"
	eventKeyActivate       models.Action = "oauth.key.activate"
	eventKeyRetire         models.Action = "oauth.key.retire"
)

// The acts of operators, on the command line or an admin page, are written by the same functions.
const (
	eventClientCreate    models.Action = "admin.client.create"
	eventClientUpdate    models.Action = "admin.client.update"
	eventClientVerify    models.Action = "admin.client.verify"
	eventClientDisable   models.Action = "admin.client.disable"
	eventClientEnable    models.Action = "admin.client.enable"
	eventClientDelete    models.Action = "admin.client.delete"
	eventClientRotate    models.Action = "admin.client.rotate_secret"
	eventClientEndSecret models.Action = "admin.client.end_secret"
	eventConsentEnd      models.Action = "admin.consent.revoke"
	eventClientsExport   models.Action = "admin.export.clients"
	eventConsentsExport  models.Action = "admin.export.consents"
	eventTokenEnd        models.Action = "admin.token.revoke"
	eventFamilyRevoke    models.Action = "admin.token.revoke_family"
	eventTokenFind       models.Action = "admin.token.look_up"
	eventKeysRotate      models.Action = "admin.key.rotate"
	eventKeySign         models.Action = "admin.key.activate"
	eventKeyUnpublish    models.Action = "admin.key.retire"
	eventKeyRevoke       models.Action = "admin.key.revoke"
)
