//go:build scale

package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"latchkey/models"
)

// CrowdURL is a database of the same kind as the servers' (sqlite or postgres) with so many members, at least 1,000, and for
// each of them five sessions, five access tokens and ten audit events. A hundred of all members are locked, and as many
// suspended; there are forty clients or more. It is gone when the test ends. The audit log's digests and seals are no real ones, and its rows stand as counted:
// what is measured over a crowd does not read them.
func CrowdURL(t *testing.T, dialect string, members int) string {
	t.Helper()
	address := ""
	if dialect == "sqlite" {
		address = SQLiteURL(t)
	} else {
		address = PostgresURL(t)
		t.Cleanup(func() { dropDatabase(t, address) })
	}
	db, err := models.Open(context.Background(), models.Options{URL: address, Keys: Keys(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	crowd{t, SQL(t, db), dialect}.fill(members)
	return address
}

// dropDatabase leaves nothing of a size that nobody wants to empty row by row.
func dropDatabase(t *testing.T, address string) {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	if err := execute(postgresServer(t), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Error(err)
	}
}

// crowd fills a database by statements that make many rows each.
type crowd struct {
	t       *testing.T
	pool    *sql.DB
	dialect string
}

// crowdStatements make the rows. {n members} are the numbers from 1 on, as n.i; {ago x} is the moment x seconds before now;
// {bytes x} are 32 bytes that no other row has. ids are scattered over their index, as random ones are.
var crowdStatements = []string{
	`INSERT INTO users (id, email, name, password_hash, email_verified_at, locked_at, disabled_at, created_at, updated_at)
		SELECT {id M i}, 'person' || i || '@site' || (i % 997) || '.example.test', 'First' || (i % 1009) || ' Last' || (i % 10007), 'none',
			CASE WHEN i % 50 > 0 THEN {ago i * 27} END, CASE WHEN i % (MEMBERS / 100) = 7 THEN {ago i} END, CASE WHEN i % (MEMBERS / 100) = 8 THEN {ago i} END, {ago i * 27}, {ago i * 27}
		FROM {n 1}`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'member', email, id FROM users`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'member', substr(email, {find}(email, '@') + 1), id FROM users`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'member', lower(id), id FROM users`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'member', lower(substr(name, 1, {find}(name, ' ') - 1)), id FROM users`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'member', lower(substr(name, {find}(name, ' ') + 1)), id FROM users`,
	`INSERT INTO authenticators (id, user_id, name, secret, created_at) SELECT {id F i}, {id M i}, 'Phone', {bytes i}, {ago i} FROM {n 1} WHERE i % 10 = 1`,
	`INSERT INTO member_facts (user_id, joined_at, last_seen_at, apps) SELECT {id M i}, {ago i * 27}, {ago i}, CASE WHEN i % 10 = 1 THEN 1 ELSE 0 END FROM {n 1}`,
	`INSERT INTO sessions (id, token_hash, user_id, epoch, proofs, acr, auth_time, address, user_agent, created_at, last_seen_at, idle_until, absolute_until)
		SELECT {id S i}, {bytes i}, {id M (1 + i % MEMBERS)}, 1, '[]', 'aal1', {ago i * 5}, '10.' || (i % 251) || '.' || (i % 241) || '.' || (i % 239),
			'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', {ago i * 5}, {ago i}, {ago -1000000}, {ago -2000000}
		FROM {n 5}`,
	`INSERT INTO oauth_clients (id, name, kind, auth_method, scopes, created_at, updated_at)
		SELECT {id C i}, 'App ' || i, 'web', 'client_secret_basic', '["openid"]', {ago i * 27}, {ago i * 27} FROM {n 1} WHERE i % STEP = 1`,
	`INSERT INTO search_terms (kind, term, ref) SELECT 'client', lower(id), id FROM oauth_clients`,
	`INSERT INTO oauth_client_scopes (client_id, scope, created_at) SELECT id, 'openid', created_at FROM oauth_clients`,
	`INSERT INTO oauth_grants (id, client_id, subject, scopes, last_used_at, created_at, ends_at)
		SELECT {id G i}, {id C (1 + i % CLIENTS * STEP)}, {id M i}, '["openid"]', {ago i}, {ago i * 27}, {ago -1000000} FROM {n 1}`,
	`INSERT INTO oauth_consents (id, subject, client_id, scopes, remembered, created_at, expires_at)
		SELECT {id K i}, {id M i}, {id C (1 + i % CLIENTS * STEP)}, '["openid"]', TRUE, {ago i * 27}, {ago -1000000} FROM {n 1}`,
	`INSERT INTO oauth_consent_scopes (consent_id, client_id, scope, created_at) SELECT id, client_id, 'openid', created_at FROM oauth_consents`,
	`INSERT INTO oauth_member_clients (client_id, joined_at, user_id) SELECT c.client_id, u.created_at, u.id FROM oauth_consents c JOIN users u ON u.id = c.subject`,
	`INSERT INTO oauth_access_tokens (id, hash, grant_id, client_id, scopes, created_at, expires_at)
		SELECT {id T i}, {bytes i}, {id G (1 + i % MEMBERS)}, {id C (1 + i % MEMBERS % CLIENTS * STEP)}, '["openid"]', {ago i * 5}, {ago -1000000} FROM {n 5}`,
	`INSERT INTO mail_log (id, job_id, user_id, to_address, kind, decoy, state, tries, created_at, tried_at)
		SELECT {id L i}, i, {id M i}, 'person' || i || '@site' || (i % 997) || '.example.test', 'verify_email', FALSE, CASE WHEN i % 1000 = 1 THEN 'given-up' ELSE 'sent' END, 1, {ago i * 2}, {ago i * 2}
		FROM {n 1}`,
	`INSERT INTO audit_events (id, created_at, action, outcome, reason, actor_kind, actor_id, subject_id, session_id, method, address, user_agent, request_id, meta, digest, seal)
		SELECT {id E i}, {ago i * 3}, CASE WHEN i % 3 = 0 THEN 'session.start' WHEN i % 3 = 1 THEN 'auth.login' ELSE 'session.end' END,
			CASE WHEN i % 30 = 1 THEN 'failure' ELSE 'success' END, '', 'person', {id M (1 + i % MEMBERS)}, {id M (1 + i % MEMBERS)}, {id S (1 + i % MEMBERS)}, 'password',
			'10.' || (i % 251) || '.' || (i % 241) || '.' || (i % 239), 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', {id R i}, '{}', {bytes i},
			1 + (EVENTS - i) / 1000
		FROM {n 10}`,
	`INSERT INTO audit_seals (number, key_id, events, first_at, last_at, previous, seal, created_at)
		SELECT i, 'none', 1000, {ago (EVENTS - i * 1000) * 3}, {ago (EVENTS - i * 1000) * 3}, {bytes i - 1}, {bytes i}, {ago (EVENTS - i * 1000) * 3}
		FROM {n 10} WHERE i <= EVENTS / 1000`,
	`INSERT INTO daily_progress (id, seal, counted_until) VALUES (1, EVENTS / 1000, {ago 0})`,
}

// fill makes the rows while the tables have no triggers, and no indexes but those of their keys, which is several times as quick.
func (c crowd) fill(members int) {
	c.t.Helper()
	again := append(c.without("INDEX", indexesOf[c.dialect]), c.without("TRIGGER", triggersOf[c.dialect])...)
	for _, statement := range crowdStatements {
		c.run(c.speak(statement, members))
	}
	for _, index := range again {
		c.run(index)
	}
	if c.dialect == "postgres" { // as it does by itself in time; SQLite does not
		c.run("VACUUM ANALYZE")
	}
}

func (c crowd) run(statement string) {
	c.t.Helper()
	if _, err := c.pool.ExecContext(c.t.Context(), statement); err != nil {
		c.t.Fatalf("%v\n%s", err, statement)
	}
}

// indexesOf and triggersOf name what stands in the way of many rows, with the statement that makes it again.
var (
	indexesOf = map[string]string{
		"sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name NOT LIKE 'river%'",
		"postgres": `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE 'river%'
			AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
	}
	triggersOf = map[string]string{
		"sqlite":   "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
		"postgres": "SELECT tgname || ' ON ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
	}
)

// without drops what a query names, and gives the statements that make it again.
func (c crowd) without(kind, query string) (again []string) {
	c.t.Helper()
	rows, err := c.pool.QueryContext(c.t.Context(), query)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			c.t.Fatal(err)
		}
		names, again = append(names, name), append(again, statement)
	}
	if err := rows.Err(); err != nil || len(names) == 0 {
		c.t.Fatal(names, err)
	}
	for _, name := range names {
		c.run("DROP " + kind + " " + name)
	}
	return again
}

var crowdMark = regexp.MustCompile(`\{(id|ago|bytes|n) ([^{}]*)\}`)

// speak writes a statement in the words of one database.
func (c crowd) speak(statement string, members int) string {
	statement = crowdMark.ReplaceAllStringFunc(statement, func(mark string) string {
		parts := crowdMark.FindStringSubmatch(mark)
		switch kind, x := parts[1], parts[2]; kind {
		case "id": // 26 characters, as models.NewID makes them; the letter says of what
			return fmt.Sprintf("('%s' || (10000000000 + (CAST(%s AS BIGINT) * 48271) %% 2147483647))", strings.Repeat(x[:1], 15), x[2:])
		case "ago":
			return c.choose("datetime('now', -(%s) || ' seconds') || '+00:00'", "now() - (%s) * interval '1 second'", x)
		case "bytes":
			return c.choose("randomblob(32 + 0 * (%s))", "sha256(CAST((%s) AS text)::bytea)", x)
		default:
			return c.choose("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s * MEMBERS) SELECT i FROM n) AS n",
				"generate_series(1, %s * MEMBERS) AS n(i)", x)
		}
	})
	clients := max(40, members/1000) // each with a page of members, at least
	return strings.NewReplacer(
		"{find}", c.choose("instr%s", "strpos%s", ""), "MEMBERS", fmt.Sprint(members), "CLIENTS", fmt.Sprint(clients), "STEP", fmt.Sprint(members/clients), "EVENTS", fmt.Sprint(10*members),
	).Replace(statement)
}

func (c crowd) choose(sqlite, postgres, x string) string {
	if c.dialect == "sqlite" {
		return fmt.Sprintf(sqlite, x)
	}
	return fmt.Sprintf(postgres, x)
}
