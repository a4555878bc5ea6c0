package models_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/models"
	"latchkey/models/modelstest"
)

// TestMigrations (T-1010): a migration that is cut short at any of its statements leaves what was there before it, or
// can go on from where it stopped; a schema newer than the program is refused. Two nodes at once, up-down-up and, in
// app, what is pending in production have tests of their own.
func TestMigrations(t *testing.T) {
	if testing.Short() {
		t.Skip("one step after another")
	}
	t.Run("stopped at each statement", func(t *testing.T) { modelstest.URLs(t, stopMigrations) })
	t.Run("connection killed at each statement", func(t *testing.T) { killMigrations(t, modelstest.PostgresURL(t)) })
	t.Run("newer schema", func(t *testing.T) { modelstest.Each(t, refuseNewerSchema) })
}

// emptied is a database of the address with nothing in it, and what its schema looks like when all is done.
func emptied(t *testing.T, address string) (db *models.DB, whole []string) {
	t.Helper()
	db, _ = modelstest.OpenURL(t, address)
	whole = schemaOf(t, db)
	allDown(t, db)
	return db, whole
}

func allDown(t *testing.T, db *models.DB) {
	t.Helper()
	list, err := db.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.AppliedAt.IsZero() {
			continue
		}
		if err := db.MigrateDown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// schemaOf lists tables, columns and indexes.
func schemaOf(t *testing.T, db *models.DB) []string {
	t.Helper()
	if db.Dialect() == "sqlite" {
		return column(t, db, "SELECT name || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'goose%'")
	}
	return slices.Concat(
		column(t, db, "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'"),
		column(t, db, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'"))
}

var creates = regexp.MustCompile(`CREATE (?:TABLE|INDEX|UNIQUE INDEX) (\w+)`)

// stopMigrations puts something in the way of each statement in turn. All before it in its file is gone then, the
// versions before it stay; and with the way free the rest follows.
func stopMigrations(t *testing.T, address string) {
	db, whole := emptied(t, address)
	files, err := filepath.Glob("migrations/" + db.Dialect() + "/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	say, tried := sayer(t, db), 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for i, statement := range creates.FindAllStringSubmatch(up, -1) {
			name := statement[1]
			say("CREATE TABLE " + name + " (in_the_way INTEGER)")
			if err := db.Migrate(t.Context()); err == nil {
				t.Fatalf("%s: %s was not made and nobody noticed", file, name)
			}
			say("DROP TABLE " + name)
			if i == 0 {
				continue // only now the versions before this file are there
			}
			before := schemaOf(t, db)
			if pending, err := db.PendingMigrations(t.Context()); err != nil || pending == 0 {
				t.Errorf("%s: %d pending, %v", name, pending, err)
			}
			for _, earlier := range creates.FindAllStringSubmatch(up, -1) {
				if slices.ContainsFunc(before, func(line string) bool {
					return strings.HasPrefix(line, earlier[1]+".") || strings.HasPrefix(line, earlier[1]+"CREATE")
				}) {
					t.Errorf("stopped at %s, and %s of the same file stayed", name, earlier[1])
				}
			}
			tried++
		}
	}
	if tried < 20 {
		t.Errorf("only %d statements were stopped", tried)
	}
	finish(t, db, whole, "after the last stop")
}

// finish migrates and compares.
func finish(t *testing.T, db *models.DB, whole []string, when string) {
	t.Helper()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if got := schemaOf(t, db); !slices.Equal(got, whole) {
		t.Fatalf("%s the schema is\n%s\nnot\n%s", when, strings.Join(got, "\n"), strings.Join(whole, "\n"))
	}
	if pending, err := db.PendingMigrations(t.Context()); err != nil || pending != 0 {
		t.Errorf("%s: %d pending, %v", when, pending, err)
	}
}

// killMigrations ends the connection at the first statement that changes the schema, then at the second, … until a
// version is through, and so on with the next, the job queue's own included. The count is a sequence's: no rollback
// takes it back.
func killMigrations(t *testing.T, address string) {
	db, whole := emptied(t, address)
	say := sayer(t, db)
	say("CREATE SCHEMA planted", "CREATE SEQUENCE planted.statements", "CREATE TABLE planted.kill_at AS SELECT 0 AS n",
		`CREATE FUNCTION planted.kill() RETURNS event_trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('planted.statements') = (SELECT n FROM planted.kill_at) THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
		END $$`, "CREATE EVENT TRIGGER planted_kill ON ddl_command_start EXECUTE FUNCTION planted.kill()")
	defer say("DROP EVENT TRIGGER planted_kill", "DROP SCHEMA planted CASCADE")
	done := func() (versions int) {
		for _, table := range []string{"goose_db_version", "river_migration"} {
			if slices.Contains(column(t, db, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"), table) {
				list := column(t, db, "SELECT count(*)::text FROM "+table)
				n, _ := strconv.Atoi(list[0])
				versions += n
			}
		}
		return versions
	}
	killed := 0
	for n, before := 1, done(); ; killed++ {
		say(fmt.Sprintf("UPDATE planted.kill_at SET n = %d", n), "SELECT setval('planted.statements', 1, false)")
		if db.Migrate(t.Context()) == nil {
			break
		}
		after := done()
		if n++; after > before {
			n, before = 1, after
		}
	}
	if killed < 40 {
		t.Errorf("only %d statements were killed", killed)
	}
	finish(t, db, whole, "after the last kill")
}

// sayer runs SQL beside the tested database over one pool, also when the test is over.
func sayer(t *testing.T, db *models.DB) func(statements ...string) {
	t.Helper()
	pool := modelstest.SQL(t, db)
	return func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := pool.ExecContext(context.Background(), statement); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
	}
}

// refuseNewerSchema: the database was migrated by a newer program. This one touches nothing and names both versions.
func refuseNewerSchema(t *testing.T, db *models.DB) {
	list, err := db.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := list[len(list)-1].Version
	say := sayer(t, db)
	say(fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, %s)", known+7, map[string]string{"sqlite": "1", "postgres": "true"}[db.Dialect()]))
	defer say(fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id = %d", known+7))
	before := schemaOf(t, db)
	_, pending := db.PendingMigrations(t.Context())
	for what, err := range map[string]error{"up": db.Migrate(t.Context()), "down": db.MigrateDown(t.Context()), "pending": pending} {
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(known+7)) || !strings.Contains(err.Error(), fmt.Sprint("up to ", known)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !slices.Equal(before, schemaOf(t, db)) {
		t.Error("the schema has changed")
	}
}
