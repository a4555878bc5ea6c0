package main

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"latchkey/app/apptest"
	"latchkey/models"
	"latchkey/models/modelstest"
)

// notByValue are queries that take no value to look for, that make a row for somebody (the foreign key refuses nobody), or
// that count: of nothing, four times none.
var notByValue = []string{"Migrate", "MigrateDown", "Close", "InTx", "Joined", "OAuthSID", "RememberBrowser", "VerifyAudit", "OAuthReachOfApp", "OAuthReachOfClient"}

// TestZeroFindsNothing: every query of models, asked with nothing at all, finds nothing and changes nothing. An
// identifier that got lost on the way must not become the first row of a table.
func TestZeroFindsNothing(t *testing.T) {
	eachSite(t, func(t *testing.T, s site) {
		b := s.signIn(t, "member@example.test")
		p := s.newParty(t, nil)
		v := p.begin()
		b.Visit(v.address).Submit("Allow", apptest.Set("remember", "on"))
		v.redeem(t, b)
		pool := modelstest.SQL(t, s.db)
		before := modelstest.Digest(t, pool)
		asked := 0
		value := reflect.ValueOf(s.db)
		for i := range value.NumMethod() {
			name, method := value.Type().Method(i).Name, value.Method(i)
			arguments, ok := nothing(method.Type())
			if !ok || slices.Contains(notByValue, name) {
				continue
			}
			asked++
			results := method.Call(arguments)
			err, _ := results[len(results)-1].Interface().(error)
			found := results[0]
			switch {
			case len(results) > 1 && isRow(found.Type()) && !errors.Is(err, models.ErrNotFound):
				t.Errorf("%s finds %v, %v", name, found, err)
			case len(results) > 1 && (found.Kind() == reflect.Slice || found.Kind() == reflect.Map) && found.Len() > 0:
				t.Errorf("%s finds %d rows", name, found.Len())
			case err != nil && !errors.Is(err, models.ErrNotFound) && !errors.Is(err, models.ErrSpent):
				t.Errorf("%s: %v", name, err)
			}
		}
		if changed := before.Changed(modelstest.Digest(t, pool)); len(changed) > 0 {
			t.Errorf("changed: %v", changed)
		}
		if asked < 60 {
			t.Errorf("only %d queries were asked", asked)
		}
		t.Logf("%d queries asked with nothing", asked)
	})
}

// nothing is a zero of each argument after the context. ok is false for queries that look for no value, and for
// those that take a whole row.
func nothing(method reflect.Type) (arguments []reflect.Value, ok bool) {
	if method.NumIn() < 2 || method.NumOut() == 0 || method.In(0) != reflect.TypeFor[context.Context]() {
		return nil, false
	}
	arguments = append(arguments, reflect.ValueOf(context.Background()))
	for i := 1; i < method.NumIn(); i++ {
		in := method.In(i)
		switch {
		case method.IsVariadic() && i == method.NumIn()-1:
			return nil, false
		case in.Kind() == reflect.Pointer, in.Kind() == reflect.Func, in.Kind() == reflect.Interface:
			return nil, false
		case in.Kind() == reflect.Struct && in.PkgPath() != "time":
			return nil, false
		}
		arguments = append(arguments, reflect.Zero(in))
	}
	return arguments, true
}

// isRow tells a query for one row.
func isRow(result reflect.Type) bool {
	if result.Kind() == reflect.Pointer {
		result = result.Elem()
	}
	return result.Kind() == reflect.Struct && result.PkgPath() != "time"
}
