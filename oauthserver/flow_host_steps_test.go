package oauthserver

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"latchkey/models"
)

func (f *flow) endSession(id string) {
	f.host.drop(id)
	f.must(f.s.SessionEnded(context.Background(), id))
	f.m.endSession(id)
}

func (f *flow) client(part []int) {
	app, change := f.apps[part[0]], f.s.DisableClient
	if part[1] == 1 {
		change = f.s.EnableClient
	}
	err := change(context.Background(), byTest, app.id)
	if spent := app.disabled == (part[1] == 0); errors.Is(err, models.ErrSpent) != spent || err != nil && !spent {
		f.Fatal(err)
	}
	app.disabled = part[1] == 0
	if app.disabled {
		f.m.endAll(func(family *flowFamily) bool { return family.client == app.id })
		for _, ask := range f.m.asks {
			ask.done = ask.done || ask.client == app.id
		}
	}
}

func (f *flow) session(part []int) {
	b := f.browsers[part[0]]
	old, subject := b.session, f.who(b)
	switch {
	case f.m.sessions[old] == "":
	case part[1] == 0:
		f.endSession(old)
	case part[1] == 1: // and nobody told
		f.host.drop(old)
		delete(f.m.sessions, old)
	case subject != "":
		b.session = b.signIn(subject)
		f.must(f.s.SessionReplaced(context.Background(), old, b.session))
		f.host.drop(old)
		delete(f.m.sessions, old)
		f.m.sessions[b.session] = subject
		for _, family := range f.m.families {
			if family.session == old {
				family.session = b.session
			}
		}
	}
}

func (f *flow) person(part []int) {
	ctx, subject := context.Background(), f.people[part[0]]
	person := f.m.people[subject]
	all := func(family *flowFamily) bool { return family.subject == subject }
	switch part[1] {
	case 0: // disabled
		person.inactive = true
		f.must(f.s.AccountDisabled(ctx, subject))
		f.m.endAll(all)
	case 1: // and nobody told
		person.inactive = true
	case 2:
		person.inactive = false
	case 3: // the password was reset
		person.epoch++
		f.must(f.s.RevokeAccount(ctx, subject))
		f.m.endAll(all)
	case 4: // and nobody told
		person.epoch++
	case 5: // deleted; somebody else gets the same id
		f.must(f.s.AccountDeleted(ctx, subject))
		f.m.endAll(all)
		for _, app := range f.apps {
			delete(f.m.consents, [2]string{subject, app.id})
		}
		for id, whose := range f.m.sessions {
			if whose == subject {
				f.host.drop(id)
				delete(f.m.sessions, id)
			}
		}
		*person = flowPerson{}
	}
	f.host.change(subject, func(a *Account) { a.Active, a.AccessEpoch = !person.inactive, person.epoch })
}

func (f *flow) signOut(part []int) {
	b, how := f.browsers[part[0]], part[1]
	subject, form := f.who(b), url.Values{}
	if how == 1 || how == 2 {
		whose := subject
		if how == 2 {
			whose = f.people[0]
			if subject == whose {
				whose = f.people[1]
			}
		}
		if hint := f.hints[whose]; hint != "" {
			form.Set("id_token_hint", hint)
		}
	}
	var p *reply
	if how == 0 {
		form.Set("confirm", "yes")
		p = b.post(logoutPath, form)
	} else {
		p = b.get(logoutPath + "?" + form.Encode())
	}
	want := "asks"
	if subject == "" || how == 0 || how == 1 && form.Has("id_token_hint") {
		want = "out"
	}
	got := map[bool]string{true: "asks", false: "out"}[strings.Contains(p.want(http.StatusOK).body, `name="confirm"`)]
	f.agree(got, want)
	if subject != "" && want == "out" {
		f.m.endSession(b.session)
	}
}

func (f *flow) move(part []int) {
	f.clock.Add(time.Duration(part[0]) * []time.Duration{time.Second, time.Minute, time.Hour, day}[part[1]])
}

func (f *flow) sweep([]int) {
	f.must(f.s.Sweep(context.Background()))
	f.m.sweep()
}
