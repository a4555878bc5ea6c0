package views

// clientActLists are the acts on one client, each with the filter of the list to choose it from.
var clientActLists = map[string][2]string{
	"verify": {"want", "unverified"}, "unverify": {}, "rotate-secret": {}, "end-secret": {}, "revoke-tokens": {}, "disable": {"state", "enabled"}, "enable": {"state", "disabled"}, "delete": {"state", "disabled"},
}

// oauthCommands are the acts on clients, consents and keys.
func oauthCommands() []Command {
	list := []Command{
		act("Create client", "", clientsPath+"/new", clientsPath+"/new"),
		act(oauthActs["revoke-consent"].Button, "Choose the consent first", consentsPath, consentsPath+"/:id/revoke"),
	}
	list = append(list,
		act("Find out which token this is", "", tokensPath+"/find", tokensPath+"/find"),
		act(oauthActs["revoke-family"].Button, "Choose the sign-in first", tokensPath, tokensPath+"/:id/revoke"),
		act(oauthActs["revoke-app"].Button, "Choose one of their sign-ins first", tokensPath, tokensPath+"/:id/revoke-all"),
		act(oauthActs["revoke-token"].Button, "Choose the sign-in first", tokensPath, tokensPath+"/:id/access/:access/revoke"),
	)
	for part, heading := range clientParts {
		if part != "new" {
			list = append(list, act(heading, "Choose the client first", clientsPath, clientPath(":id")+"/edit-"+part))
		}
	}
	for name, filter := range clientActLists {
		list = append(list, act(oauthActs[name].Button, "Choose the client first", withQuery(clientsPath, filter[0], filter[1]), clientPath(":id")+"/"+name))
	}
	for _, step := range []string{"announce", "rotate"} {
		list = append(list, act(oauthActs[step+"-keys"].Button, "", keysPath+"/"+step, keysPath+"/"+step))
	}
	for _, step := range []string{"activate", "retire", "revoke"} {
		list = append(list, act(oauthActs[step+"-key"].Button, "Choose the key first", keysPath, keysPath+"/:kid/"+step))
	}
	return list
}
