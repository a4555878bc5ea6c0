package models

// Action is what an event of the audit log is called: family.act or family.thing.act. Its values are constants, declared beside
// their sentence by the package that writes them; TestHouseRules holds where. What begins with "app." is the product's own,
// every other family is the house's.
type Action string
