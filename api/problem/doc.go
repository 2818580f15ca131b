// Package problem answers errors as problem+json (RFC 9457), in the caller's language.
//
// A refusal of the domain keeps its code; every other error is found by its sentinel, logged, and answered by a code that hides what is
// not meant for people. The tables say which status a code has (statuses.go), its Chinese text (language.go) and the Chinese texts of
// fields (fieldtexts.go); tests hold that no code is without one.
//
// Problem is the answer, New makes one by its code, Explainer.Of finds it for an error, Refused and Held do for what their names say, and
// OfHuma gives huma's own errors this form. WithLanguage is the middleware that reads Accept-Language; LanguageOf is what it found.
package problem
