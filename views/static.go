package views

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"latchkey/static"
)

// ServeStatic answers GET and HEAD below static.Prefix. An unknown or outdated name is fiber.ErrNotFound.
func ServeStatic(c *fiber.Ctx) error {
	asset, ok := static.Find(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, static.CacheControl)
	c.Set(fiber.HeaderContentType, asset.ContentType)
	c.Set(fiber.HeaderETag, asset.ETag)
	c.Append(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if strings.Contains(c.Get(fiber.HeaderIfNoneMatch), asset.ETag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	if asset.Gzip != nil && acceptsGzip(c.Get(fiber.HeaderAcceptEncoding)) {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(asset.Gzip)
	}
	return c.Send(asset.Body)
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3) as far as needed: gzip is named and not refused by q=0.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.ReplaceAll(weight, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
