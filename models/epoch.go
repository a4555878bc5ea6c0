package models

import "context"

// RaiseEpoch ends what a person has open under an epoch (pending logins, mail tokens, challenges, trust in browsers).
// Their sessions are stamped anew and live on. It returns the new epoch. ErrSpent: the epoch has moved meanwhile.
func (tx *Tx) RaiseEpoch(ctx context.Context, userID string, epoch int64) (int64, error) {
	err := spent(tx.write(ctx).Model(&User{}).Where("id = ? AND epoch = ?", userID, epoch).Update("epoch", epoch+1))
	if err != nil {
		return 0, err
	}
	_, err = counted(tx.write(ctx).Model(&Session{}).Where("user_id = ? AND epoch = ?", userID, epoch).Update("epoch", epoch+1))
	return epoch + 1, err
}
