package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"latchkey/models"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Change the schema of the database", Args: cobra.NoArgs}
	cmd.AddCommand(
		&cobra.Command{Use: "up", Short: "Apply what is pending", Args: cobra.NoArgs, RunE: withDatabase(func(cmd *cobra.Command, db *models.DB) error {
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			return showMigrations(cmd, db)
		})},
		&cobra.Command{Use: "down", Short: "Take the newest one back", Args: cobra.NoArgs, RunE: withDatabase(func(cmd *cobra.Command, db *models.DB) error {
			if err := db.MigrateDown(cmd.Context()); err != nil {
				return err
			}
			return showMigrations(cmd, db)
		})},
		&cobra.Command{Use: "status", Short: "List applied and pending ones", Args: cobra.NoArgs, RunE: withDatabase(showMigrations)},
	)
	return cmd
}

// withDatabase opens the database alone: before the migrations the rest of the house has no tables.
func withDatabase(f func(cmd *cobra.Command, db *models.DB) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		config, err := loadConfig(os.Environ())
		if err != nil {
			return err
		}
		db, err := openDatabase(cmd.Context(), config, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		return f(cmd, db)
	}
}

func showMigrations(cmd *cobra.Command, db *models.DB) error {
	list, err := db.Migrations(cmd.Context())
	if err != nil {
		return err
	}
	return show(cmd, list, func(w io.Writer) {
		for _, m := range list {
			state := "pending"
			if !m.AppliedAt.IsZero() {
				state = m.AppliedAt.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\n", m.Version, m.Name, state)
		}
	})
}
