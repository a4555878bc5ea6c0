package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/views"
)

// toured is what the browser finds on one page: what axe says, what reaches out of its place, what a finger
// misses, what stays hidden, and what the policy refused.
type toured struct {
	path                                 string
	axe, spilled, small, unseen, refused []string
}

func (p toured) report(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Errorf("%s: %s", p.path, problem)
	}
}

// tour opens every page in every state once, for all tests that look at pages: opening them takes the time.
func tour(t *testing.T) []toured {
	t.Helper()
	chromium(t) // or skip, each test for itself
	theTour.once.Do(func() { theTour.pages = takeTour(t) })
	if len(theTour.pages) == 0 {
		t.Fatal("the tour came to no end")
	}
	return theTour.pages
}

var theTour struct {
	once  sync.Once
	pages []toured
}

// takeTour goes through the samples, and through the live pages that have none, in three tabs.
func takeTour(t *testing.T) []toured {
	t.Helper()
	s := browserSite(t)
	addresses := []string{s.base + "/", s.base + "/dev", s.base + "/dev/mail", s.base + "/dev/ui", s.base + "/dev/ui/mails", s.base + "/nothing-here"}
	addresses = append(addresses, s.client+"/", s.client+"/callback") // oauth
	for _, sample := range views.Samples() {
		if !sample.OtherWords {
			addresses = append(addresses, s.base+"/dev/ui/"+sample.Name)
		}
	}
	pages := make([]toured, len(addresses))
	next := make(chan int, len(addresses))
	for i := range addresses {
		next <- i
	}
	close(next)
	var tabs sync.WaitGroup
	for range 3 {
		b := openTab(t)
		b.keepAxe()
		tabs.Go(func() {
			for i := range next {
				pages[i] = b.inspect(addresses[i])
				pages[i].path = strings.TrimPrefix(addresses[i], s.base)
			}
		})
	}
	tabs.Wait()
	return pages
}

func (b *tab) inspect(address string) (page toured) {
	b.t.Helper()
	b.visit(address)
	axe := b.loadAxe()
	spills := func(l look) {
		for _, one := range eval[[]string](b, spilled) {
			page.spilled = append(page.spilled, fmt.Sprintf("%s: %s", l, one))
		}
	}
	for _, l := range looks() {
		b.look(l)
		spills(l)
		for _, finding := range axe.findings() {
			page.axe = append(page.axe, l.String()+": "+finding)
		}
	}
	for _, l := range []look{{640, "light"}, {320, "light"}} {
		b.look(l)
		spills(l)
	}
	page.unseen = eval[[]string](b, unseen)
	b.touch(true)
	page.small = eval[[]string](b, small)
	b.touch(false)
	// What comes after loading comes in a moment.
	eval[bool](b, `new Promise(done => setTimeout(() => done(true), 20))`, chromedp.EvalAwaitPromise)
	page.refused = b.violations()
	return page
}
