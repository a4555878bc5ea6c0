package oauthserver

import (
	"slices"
	"time"

	"latchkey/models"
)

// Lifetimes is how long things last. A client may have some of its own; zero is the default.
type Lifetimes struct {
	Code            time.Duration // 1 minute
	Waiting         time.Duration // 1 hour: a request whose person is signing in, or deciding
	AccessToken     time.Duration // 1 hour
	ServiceToken    time.Duration // 1 hour: an access token of a client without a person
	IDToken         time.Duration // 1 hour
	RefreshIdle     time.Duration // 30 days without use
	RefreshAbsolute time.Duration // 180 days in all
	Consent         time.Duration // 365 days
}

// life is how long something lasts: the default, its bounds, and where it stands in Lifetimes.
type life struct {
	usual, least, most time.Duration
	field              func(*Lifetimes) *time.Duration // nil: nobody changes it
}

const day = 24 * time.Hour

var (
	lifeCode            = life{time.Minute, 10 * time.Second, time.Minute, func(l *Lifetimes) *time.Duration { return &l.Code }}
	lifeInteraction     = life{time.Hour, 10 * time.Minute, 2 * time.Hour, func(l *Lifetimes) *time.Duration { return &l.Waiting }}
	lifeAccessToken     = life{time.Hour, time.Minute, day, func(l *Lifetimes) *time.Duration { return &l.AccessToken }}
	lifeServiceToken    = life{time.Hour, time.Minute, day, func(l *Lifetimes) *time.Duration { return &l.ServiceToken }}
	lifeIDToken         = life{time.Hour, time.Minute, day, func(l *Lifetimes) *time.Duration { return &l.IDToken }}
	lifeRefreshIdle     = life{30 * day, time.Hour, 90 * day, func(l *Lifetimes) *time.Duration { return &l.RefreshIdle }}
	lifeRefreshAbsolute = life{180 * day, day, 365 * day, func(l *Lifetimes) *time.Duration { return &l.RefreshAbsolute }}
	lifeConsent         = life{365 * day, day, 365 * day, func(l *Lifetimes) *time.Duration { return &l.Consent }}
	lifeRetry           = life{usual: time.Minute, most: time.Minute} // confidential clients
	lifeRetryPublic     = life{most: 10 * time.Second}                // public bearer clients
)

// Choices are what operators change while the server runs. It begins with what Config says.
type Choices struct {
	Lives Lifetimes
	New   NewClients
}

// fillChoices puts in the defaults.
func fillChoices(c *Choices) {
	fillLifetimes(&c.Lives)
	fillNewClients(&c.New)
}

// fillLifetimes puts in the defaults.
func fillLifetimes(lives *Lifetimes) {
	for _, l := range []life{lifeCode, lifeInteraction, lifeAccessToken, lifeServiceToken, lifeIDToken, lifeRefreshIdle, lifeRefreshAbsolute, lifeConsent} {
		if at := l.field(lives); *at == 0 {
			*at = l.usual
		}
	}
}

// usual is how long something lasts now for a client that has no policy of its own.
func (s *Server) usual(l life) time.Duration { return *l.field(&s.live.Now().Lives) }

// lasts is how long something lasts under a client's policy; 0 seconds: it has none of its own.
func (s *Server) lasts(l life, seconds int) time.Duration {
	if seconds == 0 {
		return s.usual(l)
	}
	return min(max(time.Duration(seconds)*time.Second, l.least), l.most)
}

// lifeSetting is a life as operators see it. Its bounds are those that a client's policy has.
func lifeSetting(l life, name, label, sentence, begins string) models.SettingRule[Choices] {
	return models.SettingRule[Choices]{
		Name: name, Group: models.SettingsLifetimes, Label: label, Sentence: sentence, Begins: begins,
		Kind: models.Lasting(l.least, l.most), Field: func(c *Choices) any { return l.field(&c.Lives) },
	}
}

const (
	keepEnd = "What was given out keeps its end."
	atNext  = "What was given out follows when it is next refreshed."
)

// settingRules are the choices of this package that operators see and change. algs are those that there are keys for.
func settingRules(algs []string) []models.SettingRule[Choices] {
	return slices.Concat(newClientSettings(algs), lifeSettings)
}

var lifeSettings = []models.SettingRule[Choices]{
	lifeSetting(lifeCode, "authorization-code", "Authorization codes live", "How long a client has to turn a code into tokens.", keepEnd),
	lifeSetting(lifeAccessToken, "access-token", "Access tokens live", "How long an access token of a member works before it is refreshed.", keepEnd),
	lifeSetting(lifeServiceToken, "service-token", "Access tokens of services live", "How long an access token works that a client got for itself.", keepEnd),
	lifeSetting(lifeIDToken, "id-token", "ID tokens live", "How long a client may believe who signed in.", keepEnd),
	lifeSetting(lifeRefreshIdle, "refresh-idle", "Unused refresh tokens end after", "How long a client keeps its access without using it.", atNext),
	lifeSetting(lifeRefreshAbsolute, "refresh-absolute", "Refresh tokens end after", "How long a client keeps its access in all.", keepEnd),
	lifeSetting(lifeInteraction, "waiting-request", "Waiting requests end after", "How long a client's request waits while somebody signs in or decides.", keepEnd),
	lifeSetting(lifeConsent, "consent", "Consents are remembered for", "How long a client is not asked about again.", "Consents that were given keep their end."),
	{
		Name: "access-token-format", Group: models.SettingsLifetimes, Label: "Form of access tokens", Sentence: "What they are: APIs ask this server what one stands for.",
		Kind: models.Shown(), Field: func(*Choices) any { format := accessTokenFormat; return &format },
	},
}
