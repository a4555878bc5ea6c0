package modelstest

import (
	"context"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/models"
)

// PostgresURL is TEST_POSTGRES_URL. Without it the test skips; in CI that is a failure.
func PostgresURL(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TEST_POSTGRES_URL is not set")
		}
		t.Skip("PostgreSQL: TEST_POSTGRES_URL is not set")
	}
	return server
}

// postgresURL makes a database from the migrated template and drops it when the test ends.
func postgresURL(t *testing.T) string {
	t.Helper()
	server := PostgresURL(t)
	template, err := postgresTemplate(server)
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(models.NewID())
	if err := execute(server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Log(err)
		}
	})
	return databaseURL(server, name)
}

var (
	templateOnce sync.Once
	templateName string
	errTemplate  error
)

// postgresTemplate is made once for each state of the migrations; test processes that start at the
// same time wait for one another on an advisory lock.
func postgresTemplate(server string) (string, error) {
	templateOnce.Do(func() { templateName, errTemplate = makeTemplate(server) })
	return templateName, errTemplate
}

func makeTemplate(server string) (string, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(727274)"); err != nil {
		return "", err
	}
	name := "template_" + models.MigrationDigest()[:16]
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		return name, err
	}
	making := name + "_making"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + making + " WITH (FORCE)", "CREATE DATABASE " + making} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	if err := migrate(databaseURL(server, making)); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+making+" RENAME TO "+name)
	return name, err
}

func migrate(address string) error {
	ring, err := models.NewKeyRing([][]byte{make([]byte, 32)})
	if err != nil {
		return err
	}
	db, err := models.Open(context.Background(), models.Options{URL: address, Keys: ring})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(context.Background())
}

func execute(server, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func databaseURL(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // pgx has connected with it
	}
	u.Path = "/" + name
	return u.String()
}
