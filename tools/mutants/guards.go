package main

// mutants are the guards that must not be lost without a red test. One that moves is mended here, never deleted.
var mutants = []mutant{
	{
		"return_to: no backslash, no control character", "auth/return_to.go",
		`if c < 0x21 || c > 0x7E || c == '\\' {`, `if c < 0x21 && c > 0x7E {`,
		"./auth", "TestReturnToStaysLocal", "",
	},
	{
		"redirect_uri: byte for byte", "oauthserver/redirect_uri.go",
		`slices.Contains(client.RedirectURIs, presented)`,
		`slices.ContainsFunc(client.RedirectURIs, func(registered string) bool {
			a, err := url.Parse(registered)
			b, wrong := url.Parse(presented)
			return err == nil && wrong == nil && a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) && a.Path == b.Path
		})`,
		"./oauthserver", "TestRedirectURIExact", "",
	},
	{
		"a repeated parameter is refused", "oauthserver/form.go",
		`len(values) > 1 && !slices.Contains(repeatable, name)`, `len(values) > 99 && !slices.Contains(repeatable, name)`,
		"./oauthserver", "TestGateRefusesPollution", "",
	},
	{
		"PKCE: a stored challenge asks for its verifier", "oauthserver/store.go",
		`if x.code.CodeChallenge == "" {`, `if x.code.CodeChallenge != "" {`,
		"./oauthserver", "TestPKCEDowngrade", "",
	},
	{
		"a code is spent once", "models/oauth_code.go",
		`"id = ? AND used_at IS NULL AND expires_at > ?"`, `"id = ? AND expires_at > ?"`,
		"./oauthserver", "TestCodeRace", "",
	},
	{
		"a refresh token has one successor", "models/oauth_grant.go",
		`Where("id = ? AND refresh_hash = ? AND revoked_at IS NULL", grant.ID, presented)`, `Where("id = ? AND revoked_at IS NULL", grant.ID)`,
		"./oauthserver", "TestRefreshHasOneSuccessor", "",
	},
	{
		"the token of a mail is spent once", "models/mail_token.go",
		`return handle.Where("used_at IS NULL AND expires_at > ?", db.Now()).`, `return handle.Where("expires_at > ?", db.Now()).`,
		"./models", "TestUseMailToken_Once", "",
	},
	{
		"a code belongs to its client", "oauthserver/grant.go",
		`case x.code.ClientID != x.client.ID:`, `case x.code.ClientID != x.client.ID && x.code.UsedAt != nil:`,
		"./oauthserver", "TestForeignCodeHarmless", "",
	},
	{
		"a pending authorization belongs to its browser", "oauthserver/interaction.go",
		`if subtle.ConstantTimeCompare(models.Digest(cookie.Value), row.BrowserHash) == 1 {`, `if cookie.Value != "" || row.BrowserHash != nil || subtle.ConstantTimeCompare(models.Digest(""), nil) == 1 {`,
		"./oauthserver", "TestInteractionForeignBrowser", "",
	},
	{
		"a sign-in ends the session the browser had", "auth/session.go",
		`if err := s.replaceSession(ctx, tx, p.visitor.Session, session); err != nil {`, `if err := s.replaceSession(ctx, tx, "", session); err != nil {`,
		"./auth", "TestSession_FixationRotates", "",
	},
	{
		"an unknown address costs the same hash", "auth/password_hash.go",
		`		s.gate.argon(password, hash)
		return false, false`, `		return false, false && hash.weakerThan(s.params())`,
		"./auth", "TestLogin_UnknownCostsTheSame", "",
	},
	{
		"limits count a whole /64", "auth/network.go",
		`ip.Prefix(64)`, `ip.Prefix(128)`,
		"./auth", "TestClientAddress_SpoofAndIPv6", "",
	},
	{
		"one limit reached, none counted", "models/attempt.go",
		`"NOT EXISTS (SELECT 1 FROM attempts WHERE window_ends_at > ? AND ("`, `"? IS NOT NULL OR NOT EXISTS (SELECT 1 FROM attempts WHERE ("`,
		"./models", "TestCountAttempts_AllOrNone", "",
	},
	{
		"only a trusted proxy is believed", "auth/network.go",
		`if err != nil || !within(trusted, address) {`, `if err != nil || within(nil, address) {`,
		"./auth", "TestClientAddress_SpoofAndIPv6", "",
	},
	{
		"a signature counts with its key's own algorithm only", "oauthserver/jose.go",
		`[]jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)}`, `[]jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg), jose.RS256, jose.PS256, jose.ES256, jose.HS256}`,
		"./oauthserver", "TestAlgorithmConfusion", "",
	},
	{
		"another site cannot write", "app/same_origin.go",
		`if s.protection.Check(r) != nil || !s.ours(r) {`, `if s.protection.Check(r) != nil && !s.ours(r) {`,
		"./app", "TestCrossSiteWritesAreRefused", "",
	},
	{
		"what outlives a request is copied out of it", "app/nethttp.go",
		`target := string(raw.Header.RequestURI())`, `target := unsafe.String(&raw.Header.RequestURI()[0], len(raw.Header.RequestURI()))`,
		"./app", "TestBridgeCopiesStrings", "unsafe",
	},
	{
		"a session is ended by its own person", "models/session.go",
		`return spent(db.write(ctx).Where("id = ? AND user_id = ?", id, userID).Delete(&Session{}))`, `return spent(db.write(ctx).Where("id = ? AND ? <> ''", id, userID).Delete(&Session{}))`,
		"./models", "TestEndSession_OnlyOnesOwn", "",
	},
	{
		"an audit row shares the fate of its change", "models/audit_event.go",
		`	return tx.insertAudit(ctx, events)`, `	_ = tx.insertAudit(ctx, events)
	return nil`,
		"./oauthserver", "TestAuditFailureFailsTheRequest", "",
	},
	{
		"an audit row is as the program wrote it", "models/audit_digest.go",
		`err == nil && hmac.Equal(digest, e.Digest) {`, `err == nil && len(digest) == len(e.Digest) {`,
		"./models", "TestChainFindsChangedRow", "",
	},
	{
		"a seal needs its key", "models/audit_verify.go",
		`if !hmac.Equal(seal.Seal, seal.sealed(v.keys[i], digests)) {`, `if len(seal.Seal) != len(seal.sealed(v.keys[i], digests)) {`,
		"./models", "TestChainFindsForgedSeal", "",
	},
	{
		"production refuses what an example may have", "app/config_check.go",
		`	if c.demo() {
		mistakes`, `	if c.demo() && c.SecretKey == "" {
		mistakes`,
		"./app", "TestProductionRefusesExamples", "",
	},
	{
		"a step of an authenticator is spent", "models/authenticator.go",
		`"id = ? AND last_step < ?", id, step`, `"id = ? AND ? > 0", id, step`,
		"./auth", "TestTOTPStepIsSpent", "",
	},
	{
		"a recovery code works once", "models/recovery_code.go",
		`user_id = ? AND code_hash IN ? AND used_at IS NULL`, `user_id = ? AND code_hash IN ?`,
		"./auth", "TestRecoveryCodeWorksOnce", "",
	},
	{
		"codes of a second step are counted", "auth/second_factor.go",
		`hits, err := s.count(ctx, tx.DB, secondStepTries(p)...)`, `hits, err := []int{1, 1}, error(nil)`,
		"./auth", "TestSecondFactor_Limits", "",
	},
	{
		"a second factor is owed", "auth/next.go",
		`case p.factors.Any() && !p.trusted && assurance(p.proofs) == ACRSingle:`, `case p.factors.Any() && p.trusted && assurance(p.proofs) == ACRSingle:`,
		"./auth", "TestLoginLink_StillAsksSecondFactor", "",
	},
	{
		"a passkey that signs in alone has verified its person", "auth/passkey_login.go",
		`webauthn.WithUserVerification(protocol.VerificationRequired)`, `webauthn.WithUserVerification(protocol.VerificationPreferred)`,
		"./auth", "TestPasskeyFirstFactorNeedsUV", "",
	},
	{
		"a challenge is for one browser", "models/passkey_challenge.go",
		`purpose = ? AND holder_hash = ? AND expires_at`, `purpose = ? AND (holder_hash = ? OR true) AND expires_at`,
		"./auth", "TestChallengeBinding", "",
	},
	{
		"a challenge is answered once", "models/passkey_challenge.go",
		`passkey_challenges.user_id))").Delete(&c))`, `passkey_challenges.user_id))").Limit(1).Find(&c))`,
		"./auth", "TestChallengeWorksOnce", "",
	},
	{
		"the last way to sign in stays", "auth/passkey_removal.go",
		`if person.PasswordHash != "" {`, `if true {`,
		"./auth", "TestLastMethod_Guard_Race", "",
	},
	{
		"a copied passkey is refused", "auth/passkey_use.go",
		`return a.counter <= before.SignCount && (a.counter != 0 || before.SignCount != 0)`, `return false`,
		"./auth", "TestPasskey_SignCount", "",
	},
	{
		"a full limit stops a right code too", "models/pending_login.go",
		`.Where(unlimited, values...).Delete`, `.Where(unlimited+" OR TRUE", values...).Delete`,
		"./auth", "TestSecondFactor_Limits", "",
	},
	{
		"a mailbox alone begins no recovery", "auth/factor_recovery.go",
		`return shown.Method != methodEmail })`, `return shown.Method != "" })`,
		"./auth", "TestFactorRecovery_NotFromMailboxAlone", "",
	},
	{
		"an alarm cannot be cancelled", "models/mail_token.go",
		`"id = ? AND user_id = ? AND NOT alarm"`, `"id = ? AND user_id = ?"`,
		"./auth", "TestSessions_AlarmsStay", "",
	},
	{
		"members do not find the operator's area", "auth/middleware.go",
		`if OperatorOf(u).Role == "" {`, `if OperatorOf(u).Role == "nobody" {`,
		"./app", "TestAdminIsHiddenFromMembers", "",
	},
	{
		"an act asks for the right itself", "auth/operator.go",
		`if !op.Role.May(right) {`, `if !op.Role.May(right) && op.Role == "" {`,
		"./auth", "TestRoleActionTable", "",
	},
	{
		"the last administrator stays", "auth/member_act.go",
		`if what.disarms() && s.lastAdministrator(operators, member) {`, `if what.disarms() && s.lastAdministrator(operators, member) && op.user != nil {`,
		"./auth", "TestNoActionOnSelfOrLastAdmin", "",
	},
	{
		"an act is done on the state it was decided on", "auth/member_act.go",
		`if a.act.Version != version {`, `if a.act.Version != version && a.act.Version != "" && version == "" {`,
		"./auth", "TestStaleConfirmIsRefused", "",
	},
	{
		"a view belongs to the session it began in", "models/member_view.go",
		`"token_hash = ? AND operator_session_id = ?", Digest(token), sessionID`, `"token_hash = ?", Digest(token)`,
		"./app", "TestImpersonationEnds", "",
	},
	{
		"a route that says nothing is closed to a view", "auth/view_handler.go",
		`case open == ViewRead && c.Method() == fiber.MethodGet:`, `case open != ViewWrite && c.Method() == fiber.MethodGet:`,
		"./app", "TestViewAsRouteTableIsClosedByDefault", "",
	},
	{
		"a place in a list is sealed", "models/cursor.go",
		`if !hmac.Equal(mac, db.cursorMAC(list, stated)) {`, `if !hmac.Equal(mac, db.cursorMAC(list, stated)) && len(mac) == 0 {`,
		"./models", "TestCursorIsSealed", "",
	},
}
