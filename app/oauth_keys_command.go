package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"latchkey/oauthserver"
)

// keyJSON is a signing key as the commands print one.
type keyJSON struct {
	KID       string     `json:"kid"`
	Alg       string     `json:"alg"`
	State     string     `json:"state"`
	Created   time.Time  `json:"created_at"`
	Activates time.Time  `json:"activates_at"`
	Retires   *time.Time `json:"retires_at,omitempty"`
	Ended     *time.Time `json:"ended_at,omitempty"`
}

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "List and rotate the keys that sign ID tokens", Args: cobra.NoArgs}
	rotate := &cobra.Command{Use: "rotate", Short: "Publish new keys; they sign after ten minutes", Args: cobra.NoArgs, RunE: inHouse(runKeysRotate)}
	rotate.Flags().Bool("now", false, "sign with them at once")
	rotate.Flags().Bool("compromised", false, "at once, and revoke the old ones: nothing they signed counts any more")
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "List all keys", Args: cobra.NoArgs, RunE: inHouse(showKeys)},
		withReason(rotate),
		keyCommand("activate", "Let an announced key sign at once", oauthserver.KeySign),
		keyCommand("retire", "Stop publishing a key that no longer signs", oauthserver.KeyUnpublish),
		keyCommand("revoke", "End a key at once: nothing it signed counts any more", oauthserver.KeyRevoke),
	)
	return cmd
}

// keyCommand does one step with one key.
func keyCommand(name, short string, step oauthserver.KeyStep) *cobra.Command {
	return withReason(&cobra.Command{Use: name + " KID", Short: short, Args: cobra.ExactArgs(1), RunE: inHouse(func(cmd *cobra.Command, args []string, h *house) error {
		if err := h.oauth.StepKey(cmd.Context(), operatorOf(cmd), args[0], step); err != nil {
			return fmt.Errorf("key %s: %w", args[0], err)
		}
		return showKeys(cmd, args, h)
	})})
}

func runKeysRotate(cmd *cobra.Command, args []string, h *house) error {
	how := oauthserver.RotateAnnounced
	if flagValue(cmd.Flags().GetBool("now")) {
		how = oauthserver.RotateNow
	}
	if flagValue(cmd.Flags().GetBool("compromised")) {
		how = oauthserver.RotateCompromised
	}
	if err := h.prepareOAuth(cmd.Context()); err != nil {
		return err
	}
	if err := h.oauth.RotateKeys(cmd.Context(), operatorOf(cmd), how); err != nil {
		return err
	}
	return showKeys(cmd, args, h)
}

// showKeys makes the first keys when there are none, as a start would.
func showKeys(cmd *cobra.Command, _ []string, h *house) error {
	if err := h.prepareOAuth(cmd.Context()); err != nil {
		return err
	}
	keys, err := h.oauth.ListKeys(cmd.Context())
	if err != nil {
		return err
	}
	list := make([]keyJSON, len(keys))
	for i, key := range keys {
		list[i] = keyJSON(key)
	}
	return show(cmd, list, func(w io.Writer) {
		for _, key := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", key.KID, key.Alg, key.State, key.Activates.Format(time.DateTime))
		}
	})
}
