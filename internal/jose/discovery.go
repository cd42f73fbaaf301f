package jose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// discover returns the address of the issuer's JWK set, from what it publishes about itself (OpenID Connect
// Discovery 1.0 section 4, else RFC 8414 section 3). An address that was found is kept until fetching from it fails.
func (r *Keyring) discover(ctx context.Context) (string, error) {
	if r.jwksURL != "" {
		return r.jwksURL, nil
	}
	address := strings.TrimSuffix(r.source.Issuer, "/") + "/.well-known/openid-configuration"
	doc, _, err := r.get(ctx, address, "")
	var status *StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		if address, err = serverMetadataURL(r.source.Issuer); err == nil {
			doc, _, err = r.get(ctx, address, "")
		}
	}
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(doc, &metadata); err != nil {
		return "", fmt.Errorf("discovery: %s: %w", address, err)
	}
	if metadata.Issuer != r.source.Issuer {
		return "", fmt.Errorf("discovery: %s is about the issuer %q, not %q", address, metadata.Issuer, r.source.Issuer)
	}
	if err := CheckURL(metadata.JWKSURI); err != nil {
		return "", fmt.Errorf("discovery: %s: jwks_uri: %w", address, err)
	}
	r.jwksURL = metadata.JWKSURI
	return r.jwksURL, nil
}

// serverMetadataURL puts the well-known name between the issuer's host and path (RFC 8414 section 3.1).
func serverMetadataURL(issuer string) (string, error) {
	scheme, rest, ok := strings.Cut(issuer, "://")
	if !ok {
		return "", fmt.Errorf("the issuer %q is not a URL", issuer)
	}
	host, path, _ := strings.Cut(rest, "/")
	path = strings.TrimSuffix(path, "/")
	if path != "" {
		path = "/" + path
	}
	return scheme + "://" + host + "/.well-known/oauth-authorization-server" + path, nil
}
