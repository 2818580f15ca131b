package domain

// AccountRegistered makes a person's account; its personal values are sealed with the account's own key.
type AccountRegistered struct {
	Account ID              `json:"account"`
	Name    *Sealed[string] `json:"name,omitempty"`
	// Phone is E.164, as Phone gives it.
	Phone *Sealed[string] `json:"phone"`
	Email *Sealed[string] `json:"email,omitempty"`
	// Language is en or zh, empty for the browser's.
	Language string `json:"language,omitempty" enum:"en,zh"`
}

// AccountChanged replaces the parts that are not null; an empty e-mail or avatar takes it away.
type AccountChanged struct {
	Name  *Sealed[string] `json:"name,omitempty"`
	Phone *Sealed[string] `json:"phone,omitempty"`
	Email *Sealed[string] `json:"email,omitempty"`
	// Avatar is the id of a file.
	Avatar   *string `json:"avatar,omitempty"`
	Language *string `json:"language,omitempty" enum:"en,zh"`
}

// AccountErased ends an account; its key is destroyed after it was written.
type AccountErased struct{}

func (AccountRegistered) EventType() string { return "AccountRegistered" }
func (AccountChanged) EventType() string    { return "AccountChanged" }
func (AccountErased) EventType() string     { return "AccountErased" }

// AccountState is an account as its own stream tells it. Personal values stay sealed in Profile's parts.
type AccountState struct {
	Exists, Erased bool
	Account        ID
	// Avatar is the id of a file, empty for none.
	Avatar string
	// Language is en or zh, empty for the browser's.
	Language string
}

// Evolve folds one event.
func (s AccountState) Evolve(r Recorded) AccountState {
	switch e := r.Event.(type) {
	case AccountRegistered:
		s.Exists, s.Account, s.Language = true, e.Account, e.Language
	case AccountChanged:
		s.Avatar, s.Language = either(e.Avatar, s.Avatar), either(e.Language, s.Language)
	case AccountErased:
		s.Erased = true
	}
	return s
}

func errNoAccount() error { return Refuse("account_not_found", "there is no such account") }

// Register makes the account.
func (s AccountState) Register(e AccountRegistered) ([]Event, error) {
	switch {
	case s.Erased:
		return nil, errNoAccount()
	case s.Exists:
		return nil, Refuse("account_exists", "the account exists already; sign in")
	}
	return []Event{e}, nil
}

// Change replaces the parts that are given. Personal parts cannot be compared and always count.
func (s AccountState) Change(e AccountChanged) ([]Event, error) {
	if !s.Exists || s.Erased {
		return nil, errNoAccount()
	}
	e.Avatar, e.Language = unlike(e.Avatar, s.Avatar), unlike(e.Language, s.Language)
	if e == (AccountChanged{}) {
		return None, nil
	}
	return []Event{e}, nil
}

// Erase ends the account; a repeat changes nothing.
func (s AccountState) Erase() ([]Event, error) {
	switch {
	case s.Erased:
		return None, nil
	case !s.Exists:
		return nil, errNoAccount()
	}
	return []Event{AccountErased{}}, nil
}
