package oauthserver

// The actions of this package in the audit log. Each is written in the transaction of the change it
// tells of; what happens at every request is a metric instead.
const (
	// of a person
	eventConsentGrant      = "oauth.consent.grant"
	eventConsentDeny       = "oauth.consent.deny"
	eventConsentRevoke     = "oauth.consent.revoke"
	eventAppRevoke         = "oauth.app.revoke"
	eventFamilyEnd         = "oauth.family.end"
	eventForeignBrowser    = "oauth.interaction.foreign_browser"
	eventAccountChanged    = "oauth.interaction.account_changed"
	eventLogout            = "oauth.logout"
	eventAccountCascade    = "oauth.account.cascade"
	eventGrantBegin        = "oauth.grant.begin"
	eventGrantEnd          = "oauth.grant.end"
	eventCodeReplay        = "oauth.code.replay"
	eventRefreshRetry      = "oauth.refresh.retry"
	eventRefreshRetryLimit = "oauth.refresh.retry_limit"
	eventRefreshReuse      = "oauth.refresh.reuse"
	eventTokenRevoke       = "oauth.token.revoke"
	eventClientAuthFailed  = "oauth.client.auth_failed"
	eventKeyCreate         = "oauth.key.create"
	eventKeyActivate       = "oauth.key.activate"
	eventKeyRetire         = "oauth.key.retire"
)

// The acts of operators, on the command line or an admin page, are written by the same functions.
const (
	eventClientCreate    = "admin.client.create"
	eventClientUpdate    = "admin.client.update"
	eventClientVerify    = "admin.client.verify"
	eventClientDisable   = "admin.client.disable"
	eventClientEnable    = "admin.client.enable"
	eventClientDelete    = "admin.client.delete"
	eventClientRotate    = "admin.client.rotate_secret"
	eventClientEndSecret = "admin.client.end_secret"
	eventConsentEnd      = "admin.consent.revoke"
	eventTokenEnd        = "admin.token.revoke"
	eventFamilyRevoke    = "admin.token.revoke_family"
	eventTokenFind       = "admin.token.look_up"
	eventKeysRotate      = "admin.key.rotate"
	eventKeySign         = "admin.key.activate"
	eventKeyUnpublish    = "admin.key.retire"
	eventKeyRevoke       = "admin.key.revoke"
)
