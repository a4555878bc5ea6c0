package models

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ErrWideNetwork says that a range holds more of the addresses that are there than are looked through at once.
var ErrWideNetwork = errors.New("the range holds too many addresses")

const (
	networkAddresses = 64   // each is a walk of its own
	networkNear      = 1000 // addresses beside the range that are passed over on the way
)

// addressColumn is the column as its index is ordered: by bytes, whatever the order of the database.
func (db *DB) addressColumn() string {
	if db.dialect == "postgres" {
		return `address COLLATE "C"`
	}
	return "address"
}

// addressesWithin are the addresses in a table that are of a network. Each is one look into their index; so is each that is
// not of it but is spelled alike. Errors: ErrWideNetwork.
func (db *DB) addressesWithin(ctx context.Context, table string, network netip.Prefix) ([]string, error) {
	if network.IsSingleIP() {
		return []string{network.Addr().String()}, nil
	}
	begin := spelledAlike(network)
	column, end := db.addressColumn(), begin+"~"
	var near []string
	err := db.read(ctx).Raw(`WITH RECURSIVE found(address) AS (
		SELECT (SELECT address FROM `+table+` WHERE `+column+` > ? AND `+column+` < ? AND address <> '' ORDER BY `+column+` LIMIT 1)
		UNION ALL
		SELECT (SELECT e.address FROM `+table+` e WHERE e.`+column+` > found.address AND e.`+column+` < ? AND e.address <> '' ORDER BY e.`+column+` LIMIT 1)
		FROM found WHERE found.address IS NOT NULL
	) SELECT address FROM found WHERE address IS NOT NULL LIMIT ?`, begin, end, end, networkNear+1).Scan(&near).Error
	if err != nil {
		return nil, fmt.Errorf("list addresses of %s: %w", table, err)
	}
	within := []string{}
	for _, text := range near {
		if address, err := netip.ParseAddr(text); err == nil && network.Contains(address) {
			within = append(within, text)
		}
	}
	if len(near) > networkNear || len(within) > networkAddresses {
		return nil, ErrWideNetwork
	}
	return within, nil
}

// spelledAlike is what the text of every address of a network begins with: its whole bytes, or of IPv6 its whole groups
// up to the first zero, which may be left out of the text.
func spelledAlike(network netip.Prefix) string {
	var begin strings.Builder
	if network.Addr().Is4() {
		bytes := network.Addr().As4()
		for _, part := range bytes[:network.Bits()/8] {
			begin.WriteString(strconv.Itoa(int(part)) + ".")
		}
		return begin.String()
	}
	bytes := network.Addr().As16()
	for i := range network.Bits() / 16 {
		group := uint64(bytes[2*i])<<8 | uint64(bytes[2*i+1])
		if group == 0 {
			break
		}
		begin.WriteString(strconv.FormatUint(group, 16) + ":")
	}
	return begin.String()
}
