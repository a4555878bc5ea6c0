package auth

import (
	"context"
	"net/netip"
	"strings"

	"latchkey/models"
)

// Network is what limits by network count under: the address parsed, v4-in-v6 unmapped, an IPv6 address
// cut to its /64, because one household has all of that. Unreadable input is one network, "unknown".
func Network(address string) string {
	ip, err := parseAddress(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// neighbourhood is the network that an address shares with those around it: a /24, or a /48 of IPv6. Who moves within
// it has hardly moved. Empty: the address cannot be read.
func neighbourhood(address string) string {
	ip, err := parseAddress(address)
	if err != nil {
		return ""
	}
	ip, bits := ip.Unmap().WithZone(""), 48
	if ip.Is4() {
		bits = 24
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// ClientAddress is the address a request came from: the peer's, unless the peer is a trusted proxy; then
// the right-most hop of X-Forwarded-For (all its lines, in order) that is none. What stands left of it
// was written by the client and is not believed; garbage in the chain gives the peer.
func ClientAddress(peer string, forwarded []string, trusted []netip.Prefix) string {
	address, err := netip.ParseAddr(peer)
	if err != nil || !within(trusted, address) {
		return peer
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := parseAddress(hops[i])
		if err != nil {
			return peer
		}
		if !within(trusted, hop) {
			return hop.Unmap().String()
		}
	}
	return peer
}

// parseAddress reads an address as it is, and as some proxies write it: with the port behind it.
func parseAddress(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(text)
}

func within(networks []netip.Prefix, address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// network is where the request of ctx came from, as limits count it.
func network(ctx context.Context) string { return Network(models.OriginOf(ctx).Address) }
