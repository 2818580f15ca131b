package keys

// FromSecret makes a key of a known secret.
var FromSecret = newKey
