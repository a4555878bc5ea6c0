package models

import "gorm.io/gorm"

// ofClient narrows a list of users to those who use or used a client; an empty one is none to narrow it to.
func ofClient(list *gorm.DB, clientID string) *gorm.DB {
	if clientID == "" {
		return list
	}
	return list.Where("EXISTS (SELECT 1 FROM oauth_member_clients AS used WHERE used.user_id = users.id AND used.client_id = ?)", clientID)
}

// clientWalk walks the members who use or used a client, in the order they joined.
func clientWalk(list *gorm.DB, f MemberFilter) memberWalk {
	list = between(list.Table("oauth_member_clients").Where("client_id = ?", f.Client), "joined_at", f.JoinedFrom, f.JoinedTo)
	return memberWalk{list: list.Select("joined_at AS place_at, user_id AS place_id"), key: "joined_at", id: "user_id"}
}
