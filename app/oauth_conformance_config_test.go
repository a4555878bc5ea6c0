package main

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The Config OP plan: what the metadata say.

var configPlan = conformancePlan{"config", []conformanceModule{
	{"oidcc-discovery-endpoint-verification", verdictPassed, discovery},
}}

// metadataForms are the names that the standards know (OpenID Connect Discovery and logout, RFC 8414 and the registry
// that follows it), by how their values are written.
var metadataForms = map[string]string{
	"address": `issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint revocation_endpoint
		introspection_endpoint end_session_endpoint check_session_iframe device_authorization_endpoint
		pushed_authorization_request_endpoint backchannel_authentication_endpoint service_documentation op_policy_uri op_tos_uri`,
	"flag": `claims_parameter_supported request_parameter_supported request_uri_parameter_supported require_request_uri_registration
		require_signed_request_object require_pushed_authorization_requests authorization_response_iss_parameter_supported
		frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported
		backchannel_logout_session_supported tls_client_certificate_bound_access_tokens backchannel_user_code_parameter_supported`,
	"list": `scopes_supported response_types_supported response_modes_supported grant_types_supported acr_values_supported
		subject_types_supported id_token_signing_alg_values_supported id_token_encryption_alg_values_supported
		id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported
		userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported
		request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
		token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported display_values_supported
		claim_types_supported claims_supported claims_locales_supported ui_locales_supported prompt_values_supported
		revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
		introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
		code_challenge_methods_supported dpop_signing_alg_values_supported authorization_signing_alg_values_supported
		authorization_encryption_alg_values_supported authorization_encryption_enc_values_supported
		introspection_signing_alg_values_supported introspection_encryption_alg_values_supported
		introspection_encryption_enc_values_supported authorization_details_types_supported
		backchannel_token_delivery_modes_supported backchannel_authentication_request_signing_alg_values_supported`,
}

func discovery(t *trial) {
	answer := t.call(http.MethodGet, t.base+"/.well-known/openid-configuration", nil)
	if answer.status != http.StatusOK {
		t.Errorf("status %d", answer.status)
	}
	t.metadata = answer.object(t)
	for name, value := range t.metadata {
		t.checkMetadata(name, value)
	}
	if t.metadata["issuer"] != t.base {
		t.Errorf("issuer %v, want %s", t.metadata["issuer"], t.base)
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} {
		t.endpoint(name)
	}
	for name, want := range map[string][]string{
		"response_types_supported": {"code"}, "subject_types_supported": {"public"}, "id_token_signing_alg_values_supported": {"RS256"},
		"scopes_supported": {"openid"}, "grant_types_supported": {"authorization_code"}, "claims_supported": append(claimsOf("profile", "email"), "sub"),
		"token_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post"},
	} {
		for _, value := range want {
			if !slices.Contains(t.listed(name), value) {
				t.Errorf("%s lacks %s", name, value)
			}
		}
	}
	if algs := t.listed("request_object_signing_alg_values_supported"); len(algs) > 0 && !slices.Contains(algs, "RS256") {
		t.Errorf("request objects without RS256: %v", algs)
	}
	t.checkLocales()
	t.checkKeysForAlgs()
}

// checkMetadata wants a known name and its form: https addresses, true or false, lists that are not empty.
func (t *trial) checkMetadata(name string, value any) {
	t.Helper()
	form := ""
	for candidate, names := range metadataForms {
		if slices.Contains(strings.Fields(names), name) {
			form = candidate
		}
	}
	switch value := value.(type) {
	case string:
		u, err := url.Parse(value)
		if form == "address" && err == nil && u.Scheme == "https" && u.Host != "" && u.Fragment == "" {
			return
		}
	case bool:
		if form == "flag" {
			return
		}
	case []any:
		if form == "list" && len(value) > 0 && len(t.listed(name)) == len(value) {
			return
		}
	}
	t.Errorf("%s=%v (%q)", name, value, form)
}

func (t *trial) checkLocales() {
	for _, name := range []string{"ui_locales_supported", "claims_locales_supported"} {
		for _, tag := range t.listed(name) {
			if !regexp.MustCompile(localeForm).MatchString(tag) {
				t.Errorf("%s: %q", name, tag)
			}
		}
	}
}

// checkKeysForAlgs wants a key for every algorithm that ID tokens may be signed with, and for none that is not listed.
func (t *trial) checkKeysForAlgs() {
	var algs []string
	for _, key := range t.keys().Keys {
		if algs = append(algs, key.Algorithm); key.Use != "sig" {
			t.Errorf("key %s is for %q", key.KeyID, key.Use)
		}
	}
	listed := t.listed("id_token_signing_alg_values_supported")
	if slices.Sort(algs); !slices.Equal(slices.Compact(algs), slices.Sorted(slices.Values(listed))) {
		t.Errorf("keys for %v, listed %v", algs, listed)
	}
}
