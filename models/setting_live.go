package models

import (
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
)

// Live is a Config C that operators may change in part while it is read. What is read at once belongs together: a change
// puts another Config in the place of this one.
type Live[C any] struct {
	rules    []SettingRule[C]
	given    []string // the names that the environment decides
	base     C        // without what operators changed
	defaults C
	now      atomic.Pointer[liveConfig[C]]
}

type liveConfig[C any] struct {
	config  C
	changed []string // the names whose value was chosen here
}

// NewLive holds a config. variables are those of the environment that were set; fill puts a default where nothing was.
func NewLive[C any](config C, rules []SettingRule[C], variables []string, fill func(*C)) *Live[C] {
	l := &Live[C]{rules: rules, base: config, defaults: config}
	for _, rule := range rules {
		if rule.Variable != "" && slices.Contains(variables, rule.Variable) {
			l.given = append(l.given, rule.Name)
			reflect.ValueOf(rule.Field(&l.defaults)).Elem().SetZero()
		}
	}
	fill(&l.base)
	fill(&l.defaults)
	l.now.Store(&liveConfig[C]{config: l.base})
	return l
}

// Now is what holds at this moment. Nobody writes to it.
func (l *Live[C]) Now() *C { return &l.now.Load().config }

// Change puts values in place, by name; names of others are passed over. What is wrong with a value leaves that one out,
// and is told.
func (l *Live[C]) Change(values map[string]string) error {
	next := &liveConfig[C]{config: l.base}
	var wrong []string
	for _, rule := range l.rules {
		value, chosen := values[rule.Name]
		if !chosen || slices.Contains(l.given, rule.Name) {
			continue
		}
		spelled, sentence := rule.Kind.Check(value)
		if sentence != "" || rule.put(&next.config, spelled) != nil {
			wrong = append(wrong, rule.Name)
			continue
		}
		next.changed = append(next.changed, rule.Name)
	}
	l.now.Store(next)
	if len(wrong) > 0 {
		return fmt.Errorf("settings with a value that is not allowed, and left out: %v", wrong)
	}
	return nil
}

// SettingState is a setting as it is now.
type SettingState struct {
	Name, Group, Label, Sentence, Begins, Variable string
	Kind                                           SettingKind
	Value, Default                                 string
	Source                                         string // one of the sources
}

// The sources of a setting.
const (
	SourceDefault     = "default"
	SourceEnvironment = "environment"
	SourceHere        = "here"
)

// Changeable tells whether operators can change it while the program runs.
func (s SettingState) Changeable() bool {
	return s.Kind.Word != SettingShown && s.Source != SourceEnvironment
}

// Settings are all of them, in the order of the table.
func (l *Live[C]) Settings() []SettingState {
	now := l.now.Load()
	config, defaults := now.config, l.defaults
	list := make([]SettingState, 0, len(l.rules))
	for _, rule := range l.rules {
		state := SettingState{
			Name: rule.Name, Group: rule.Group, Label: rule.Label, Sentence: rule.Sentence, Begins: rule.Begins, Variable: rule.Variable,
			Kind: rule.Kind, Value: rule.read(&config), Default: rule.read(&defaults), Source: SourceDefault,
		}
		switch {
		case slices.Contains(l.given, rule.Name):
			state.Source = SourceEnvironment
		case slices.Contains(now.changed, rule.Name):
			state.Source = SourceHere
		}
		list = append(list, state)
	}
	return list
}

// With is what would hold with another value of one setting. It changes nothing.
func (l *Live[C]) With(name, spelled string) (C, error) {
	config := *l.Now()
	for _, rule := range l.rules {
		if rule.Name == name {
			return config, rule.put(&config, spelled)
		}
	}
	return config, ErrNotFound
}
