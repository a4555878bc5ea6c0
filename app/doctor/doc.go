// Package doctor looks at the settings and the machine for what would hurt, and says what to do about it. `app doctor` prints what
// it finds, and /admin/health shows it: both ask the same functions. What only the OAuth server knows, it adds itself.
package doctor
