package modelstest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/models"
)

// postgresServer is TEST_POSTGRES_URL. Without it the test skips; in CI that is a failure.
func postgresServer(t testing.TB) string {
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

// PostgresURL lends the test an empty, migrated database. Databases are kept and used again, because emptying
// one takes a tenth of the time of making one; an advisory lock says which process has which.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := postgresServer(t)
	template, err := postgresTemplate(server)
	if err != nil {
		t.Fatal(err)
	}
	number, err := borrow(server)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%s_%d", template, number)
	t.Cleanup(func() {
		if t.Failed() { // it may have stopped in the middle of changing the schema
			if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
				t.Log(err)
			}
		}
		if err := giveBack(number); err != nil {
			t.Log(err)
		}
	})
	if err := makeEmpty(server, template, name); err != nil {
		t.Fatal(err)
	}
	return databaseURL(server, name)
}

// lender is the connection whose advisory locks say which databases this process has.
var lender struct {
	sync.Mutex
	conn *pgx.Conn
	lent map[int]bool // here; a lock is granted again to the session that holds it
}

const lendingLock = 727275

func borrow(server string) (number int, err error) {
	lender.Lock()
	defer lender.Unlock()
	ctx := context.Background()
	if lender.conn == nil {
		if lender.conn, err = pgx.Connect(ctx, server); err != nil {
			return 0, err
		}
		lender.lent = map[int]bool{}
	}
	for number = 1; ; number++ {
		if lender.lent[number] {
			continue
		}
		var free bool
		err := lender.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1::int, $2::int)", lendingLock, number).Scan(&free)
		if err != nil || free {
			lender.lent[number] = free
			return number, err
		}
	}
}

func giveBack(number int) error {
	lender.Lock()
	defer lender.Unlock()
	delete(lender.lent, number)
	_, err := lender.conn.Exec(context.Background(), "SELECT pg_advisory_unlock($1::int, $2::int)", lendingLock, number)
	return err
}

// makeEmpty empties the database, or makes it anew when it is not there or has grown large.
func makeEmpty(server, template, name string) error {
	if cleaners.empty(databaseURL(server, name)) == nil {
		return nil
	}
	if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return err
	}
	return execute(server, "CREATE DATABASE "+name+" TEMPLATE "+template)
}

// cleaners are connections that empty databases, by address. They stay: a new one takes longer to learn of all tables
// than to delete what a test left. Those of other processes are spared, which may borrow the same database next.
var cleaners = cleanerList{conns: map[string]*pgx.Conn{}}

type cleanerList struct {
	sync.Mutex
	conns map[string]*pgx.Conn
}

// connect gives the cleaner of a database.
func (l *cleanerList) connect(ctx context.Context, address string) (*pgx.Conn, error) {
	if conn := l.conns[address]; conn != nil && !conn.IsClosed() {
		return conn, nil
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = "cleaner"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		l.conns[address] = conn
	}
	return conn, err
}

// empty keeps what the migrations wrote about themselves. It deletes: to TRUNCATE gives each table new files, which
// takes longer. A table that others still refer to has its turn in the next round. Connections that a test left open
// are ended: they could hold locks. What a test filled with tens of thousands of rows is refused: to make it anew is a
// matter of a moment, and to delete so many rows, each with all that may refer to it, one of many seconds.
func (l *cleanerList) empty(address string) error {
	l.Lock()
	defer l.Unlock()
	ctx := context.Background()
	conn, err := l.connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, emptying)
	if err != nil {
		_ = conn.Close(ctx) // what went wrong is told; the next one begins anew
	}
	return err
}

const emptying = `DO $$
	DECLARE
		name text;
		refused bool;
	BEGIN
		IF pg_database_size(current_database()) > 24 * 1024 * 1024 THEN
			RAISE 'there is too much to delete';
		END IF;
		PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'cleaner';
		FOR round IN 1..10 LOOP
			refused := false;
			FOR name IN SELECT quote_ident(tablename) FROM pg_tables
				WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'river_migration')
			LOOP
				BEGIN
					EXECUTE 'DELETE FROM ' || name;
				EXCEPTION WHEN foreign_key_violation THEN
					refused := true;
				END;
			END LOOP;
			EXIT WHEN NOT refused;
		END LOOP;
		IF refused THEN
			RAISE 'the tables refer to one another in a circle';
		END IF;
		PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence WHERE seqrelid::regclass::text NOT LIKE 'goose%';
END $$`

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
