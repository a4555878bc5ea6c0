package admin

import (
	"maps"
	"slices"
	"strings"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// productFamily is what the product's own actions begin with. They have no words here, so they are asked for together.
const productFamily = "app"

// auditWords is what every action of the house is called, for operators: each package names its own.
func auditWords() map[models.Action]models.AuditWords {
	words := auth.AuditVocabulary()
	maps.Copy(words, jobWords)
	maps.Copy(words, settingWords)
	maps.Copy(words, oauthWords()) // oauth
	return words
}

// auditFamilies are the actions by family, as the page offers them.
func auditFamilies(words map[models.Action]models.AuditWords) (families []views.AuditFamily) {
	for _, action := range slices.Sorted(maps.Keys(words)) {
		name, _, _ := strings.Cut(string(action), ".")
		if len(families) == 0 || families[len(families)-1].Name != name {
			families = append(families, views.AuditFamily{Name: name})
		}
		family := &families[len(families)-1]
		family.Actions = append(family.Actions, views.AuditAction{Name: string(action), Label: words[action].Done})
	}
	return append(families, views.AuditFamily{Name: productFamily})
}
