package models

import (
	"context"
	"net/url"
	"strings"

	"gorm.io/gorm"
)

// searchClient is the kind of terms that lead to clients.
const searchClient = "client"

// clientTerms are each word of the name, the id, and the hosts that its redirect addresses lead to.
func clientTerms(c *OAuthClient) []string {
	terms := append(strings.Fields(c.Name), c.ID)
	for _, address := range c.RedirectURIs {
		terms = append(terms, redirectPlace(address))
	}
	return terms
}

// redirectPlace is the host of a redirect address; one that opens an installed app has its scheme alone.
func redirectPlace(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if host := parsed.Hostname(); host != "" {
		return host
	}
	return parsed.Scheme
}

// FindOAuthClients lists at most limit clients of which a word of the name, the id or the host of a redirect address begins
// with what was typed, each once.
func (db *DB) FindOAuthClients(ctx context.Context, typed string, limit int) ([]OAuthClient, error) {
	var list []OAuthClient
	if err := clientsBeginning(db.read(ctx), typed, termsEach*limit).Find(&list).Error; err != nil {
		return nil, err
	}
	seen, once := map[string]bool{}, list[:0]
	for _, client := range list {
		if !seen[client.ID] && len(once) < limit {
			seen[client.ID], once = true, append(once, client)
		}
	}
	return once, nil
}

// termsEach is by how many terms one client is expected to match.
const termsEach = 3

func clientsBeginning(list *gorm.DB, typed string, limit int) *gorm.DB {
	terms := list.Model(&SearchTerm{}).Joins("JOIN oauth_clients ON oauth_clients.id = search_terms.ref")
	return beginning(terms, searchClient, typed).Select("oauth_clients.*").Order("term, ref").Limit(limit)
}
