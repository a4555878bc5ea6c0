package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/app/admin"
	"latchkey/auth"
	"latchkey/models"
)

// settingJSON is a setting as the commands print one.
type settingJSON struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Default  string `json:"default"`
	Source   string `json:"source"` // default, environment or here
	Variable string `json:"variable,omitempty"`
	Words    string `json:"words"` // the value, as operators read it
}

func settingsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "settings", Short: "List every setting with its value and who decided it", Args: cobra.NoArgs, RunE: inHouse(runSettings)}
	cmd.AddCommand(withReason(&cobra.Command{
		Use: "set NAME VALUE", Short: "Change a setting while the program runs; VALUE is as listed, or default", Args: cobra.ExactArgs(2), RunE: inHouse(runSettingsSet),
	}))
	return cmd
}

func runSettings(cmd *cobra.Command, _ []string, h *house) error {
	var list []settingJSON
	for _, s := range h.admin.Settings() {
		list = append(list, settingJSON{s.Name, s.Value, s.Default, s.Source, s.Variable, s.Kind.Say(s.Value)})
	}
	return show(cmd, list, func(w io.Writer) {
		for _, s := range list {
			source := s.Source
			if source == models.SourceEnvironment {
				source += " " + s.Variable
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Words, source)
		}
	})
}

func runSettingsSet(cmd *cobra.Command, args []string, h *house) error {
	change := admin.SettingChange{Name: args[0], Value: args[1], Reason: reasonOf(cmd)}
	if change.Value == "default" {
		change.Value, change.BackTo = "", new(int64)
	}
	if err := h.admin.ChangeSetting(cmd.Context(), auth.CommandLine(), change); err != nil {
		return err
	}
	return show(cmd, map[string]string{"name": change.Name, "value": args[1]}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s now, in every process within %s.\n", change.Name, args[1], settingsPoll)
	})
}
