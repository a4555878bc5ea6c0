package admin

import (
	"latchkey/models"
	"latchkey/oauthserver"
)

// oauthWords is what the actions of the OAuth server are called.
func oauthWords() map[models.Action]models.AuditWords { return oauthserver.AuditVocabulary() }
