package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestBreachClient: a redirect is followed on the same host only.
func TestBreachClient(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(other.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/range/", func(w http.ResponseWriter, r *http.Request) {})
	mux.Handle("/moved/", http.RedirectHandler("/range/ABCDE", http.StatusMovedPermanently))
	mux.Handle("/away/", http.RedirectHandler(other.URL+"/range/ABCDE", http.StatusTemporaryRedirect))
	mux.Handle("/loop/", http.RedirectHandler("/loop/ABCDE", http.StatusFound))
	list := httptest.NewServer(mux)
	t.Cleanup(list.Close)
	for path, follows := range map[string]bool{"/range/ABCDE": true, "/moved/ABCDE": true, "/away/ABCDE": false, "/loop/ABCDE": false} {
		answer, err := breachClient().Get(list.URL + path)
		if (err == nil) != follows {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
	if asked != 0 {
		t.Error("the other host was asked")
	}
	if h := testHouse(t); h.authConfig().Client == nil || h.authConfig().Client == http.DefaultClient {
		t.Error("sign-in does not use it")
	}
}
