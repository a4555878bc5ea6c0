package main

import (
	"errors"
	"net/http"
	"time"
)

// breachClient asks the list of stolen passwords (PASSWORD_BREACH_URL) and nobody else: what the list is asked says
// something of a password, so a redirect does not carry it to another host, nor out of https.
func breachClient() *http.Client {
	return &http.Client{
		Timeout: 5 * time.Second,
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if next.URL.Scheme != before[0].URL.Scheme || next.URL.Host != before[0].URL.Host || len(before) > 3 {
				return errors.New("the list of stolen passwords leads elsewhere")
			}
			return nil
		},
	}
}
