package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// version is set when a release is built: go build -ldflags '-X main.version=1.2.3' ./app
var version = "development"

// run is the program: it gives the exit code. Errors are one line on stderr.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := newCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "app",
		Short:         views.BrandName + ": people, and the programs that may act for them",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          runServe,
	}
	root.PersistentFlags().Bool("json", false, "print one JSON document")
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "Serve the app (the default)", Args: cobra.NoArgs, RunE: runServe},
		migrateCommand(),
		&cobra.Command{Use: "seed", Short: "Make the demo data; safe to run twice", Args: cobra.NoArgs, RunE: inHouse(runSeed)},
		&cobra.Command{Use: "doctor", Short: "Check configuration, database, keys, mail, clock and audit log", Args: cobra.NoArgs, RunE: runDoctor},
		userCommand(),
		auditCommand(),
		settingsCommand(),
		clientCommand(), // oauth
		keysCommand(),   // oauth
		&cobra.Command{Use: "routes", Short: "List every route with its guard and limit", Args: cobra.NoArgs, RunE: inHouse(runRoutes)},
		&cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, RunE: runVersion},
	)
	return root
}

func runServe(cmd *cobra.Command, _ []string) error {
	config, err := loadConfig(os.Environ())
	if err != nil {
		return errors.Join(err, config.checkDatabase(cmd.Context()))
	}
	return serve(cmd.Context(), config)
}

func runVersion(cmd *cobra.Command, _ []string) error {
	return show(cmd, map[string]string{"version": version}, func(w io.Writer) { fmt.Fprintln(w, version) })
}

func runRoutes(cmd *cobra.Command, _ []string, h *house) error {
	routes, limits := h.routeTable(), h.limitTable()
	return show(cmd, routes, func(w io.Writer) {
		for _, r := range routes {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Guard, r.Limit, r.ViewAs)
		}
		fmt.Fprintln(w)
		for _, l := range limits {
			fmt.Fprintf(w, "%s\t%s\t%s\n", l.ID, l.Counts, l.Most)
		}
	})
}

// inHouse gives a command the opened house: configuration read, database open, both halves wired.
func inHouse(f func(cmd *cobra.Command, args []string, h *house) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		config, err := loadConfig(os.Environ())
		if err != nil {
			return err
		}
		h, err := openHouse(cmd.Context(), config)
		if err != nil {
			return err
		}
		defer h.close()
		if err := h.readSettings(cmd.Context()); err != nil {
			return err
		}
		cmd.SetContext(models.WithOrigin(cmd.Context(), models.Origin{UserAgent: auth.CommandLineOrigin + accountName()}))
		return f(cmd, args, h)
	}
}

// accountName is who runs a command, for the audit log.
func accountName() string {
	account, err := user.Current()
	if err != nil { // a container without a list of its accounts
		return fmt.Sprintf("uid %d", os.Getuid())
	}
	return account.Username
}

// show prints value as JSON with --json, else what text writes, in columns where it writes tabs.
func show(cmd *cobra.Command, value any, text func(w io.Writer)) error {
	if flagValue(cmd.Flags().GetBool("json")) {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	text(table)
	return table.Flush()
}

// withReason adds --reason, which goes into the audit log.
func withReason(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("reason", "", "why, for the audit log")
	return cmd
}

func reasonOf(cmd *cobra.Command) string { return flagValue(cmd.Flags().GetString("reason")) }

// flagValue is the value of a flag. That there is none of this name and type is a mistake of ours, never of whoever typed.
func flagValue[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
