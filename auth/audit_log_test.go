package auth_test

import (
	"context"
	"time"

	"latchkey/auth"
	"latchkey/models"
)

// auditCalls are the ways to the audit log, each as an operator would go it.
func (st *site) auditCalls() map[string]func(auth.Operator) error {
	ctx := context.Background()
	return map[string]func(auth.Operator) error{
		"AuditChain": func(op auth.Operator) error { _, err := st.s.AuditChain(ctx, op); return err },
		"AuditEntry": func(op auth.Operator) error { _, err := st.s.AuditEntry(ctx, op, models.NewID()); return err },
		"AuditLog":   func(op auth.Operator) error { _, err := st.s.AuditLog(ctx, op, auth.AuditQuery{}); return err },
		"LastChange": func(op auth.Operator) error {
			_, _, err := st.s.LastChange(ctx, op, models.NewID(), time.Time{})
			return err
		},
		"AuditViews": func(op auth.Operator) error { _, _, err := st.s.AuditViews(ctx, op); return err },
		"ExportAuditLog": func(op auth.Operator) error {
			_, err := st.s.ExportAuditLog(ctx, op, auth.AuditQuery{}, "csv")
			return err
		},
		"PreferredAuditView": func(op auth.Operator) error { _, err := st.s.PreferredAuditView(ctx, op); return err },
		"RemoveAuditView":    func(op auth.Operator) error { return st.s.RemoveAuditView(ctx, op, models.NewID()) },
		"SaveAuditView": func(op auth.Operator) error {
			return st.s.SaveAuditView(ctx, op, auth.NewAuditView{Name: "Mine", Query: "operators=on"})
		},
		"VerifyAuditLog": func(op auth.Operator) error {
			_, err := st.s.VerifyAuditLog(ctx, op, models.AuditRange{Newest: 1})
			return err
		},
		"AuditCheck":       func(op auth.Operator) error { _, _, err := st.s.AuditCheck(ctx, op, models.NewID()); return err },
		"CancelAuditCheck": func(op auth.Operator) error { return st.s.CancelAuditCheck(ctx, op, models.NewID()) },
	}
}
