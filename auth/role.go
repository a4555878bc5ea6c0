package auth

import "slices"

// Role is what an operator may do; the empty one is a member's, who may do none of it.
type Role string

// The roles of operators.
const (
	RoleAuditor       Role = "auditor"       // reads, exports and verifies the audit log
	RoleSupport       Role = "support"       // reads, and helps members
	RoleAdministrator Role = "administrator" // everything
)

// Roles are all of them, the one that may least first.
var Roles = []Role{RoleAuditor, RoleSupport, RoleAdministrator}

// MetaActorRole is the detail of an event with the role in which an operator caused it. It may be another one by now.
const MetaActorRole = "actor_role"

// detail is what an event says of an operator with the role.
func (r Role) detail() map[string]any {
	if r == "" {
		return map[string]any{}
	}
	return map[string]any{MetaActorRole: string(r)}
}

// Right is one kind of act in the operator's area.
type Right string

// The rights.
const (
	RightRead         Right = "read"          // members, sessions, kinds of factors, audit, clients, consents, tokens, health
	RightAudit        Right = "audit"         // export the audit log, verify its chain
	RightHelp         Right = "help"          // unlock, resend, reset link, end sessions, notes
	RightRevokeAccess Right = "revoke access" // a consent or token of a member
	RightChange       Right = "change"        // suspend, lift, verify, force reset, reset factors, name, create
	RightView         Right = "view as"       // see the place as a member does
	RightViewChange   Right = "change as"     // and change what a route lets them
	RightRoles        Right = "roles"         // make operators and members of them
	RightOperate      Right = "operate"       // act on clients, keys, tokens, settings, jobs, mails
)

// rights is who may do what. What has no line, nobody may.
var rights = map[Right][]Role{
	RightRead:         {RoleAuditor, RoleSupport, RoleAdministrator},
	RightAudit:        {RoleAuditor, RoleAdministrator},
	RightHelp:         {RoleSupport, RoleAdministrator},
	RightRevokeAccess: {RoleSupport, RoleAdministrator},
	RightChange:       {RoleAdministrator},
	RightView:         {RoleSupport, RoleAdministrator},
	RightViewChange:   {RoleAdministrator},
	RightRoles:        {RoleAdministrator},
	RightOperate:      {RoleAdministrator},
}

// May tells whether the role has the right.
func (r Role) May(right Right) bool { return slices.Contains(rights[right], r) }

// RolesWith are the roles that have a right, for saying who can.
func RolesWith(right Right) []Role { return slices.Clone(rights[right]) }
