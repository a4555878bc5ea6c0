package views

// adminErrorSamples are what stands where a list would: the role does not reach, or it could not be read.
func adminErrorSamples() []Sample {
	const id = "01JD9W7Q3M8E"
	refused := ErrorFor(403, id)
	refused.Heading, refused.Sentence = "You cannot do that", "Only auditors and administrators can do that."
	return []Sample{
		{Name: "admin-forbidden", Page: operatorOn(auditPath + "/export.csv").in(AdminError(refused, auditPath+"/export.csv"))},
		{Name: "admin-failed", Page: operatorOn(membersPath).in(AdminError(ErrorFor(500, id), membersPath+"?state=locked"))},
		{Name: "admin-busy", Page: operatorOn(allSessionsPath).in(AdminError(ErrorFor(503, id), allSessionsPath)), OtherWords: true},
		{Name: "admin-act-failed", Page: operatorOn(memberPath("M1") + "/suspend").in(AdminError(ErrorFor(500, id), "")), OtherWords: true},
	}
}
