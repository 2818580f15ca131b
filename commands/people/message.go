package people

import (
	"context"

	"github.com/dakahq/daka/domain"
)

// Channels of a message.
const (
	ChannelSMS   = "sms"
	ChannelEmail = "email"
)

// Message is a text to one person outside of daka: a code, an invitation. It holds personal values and is never logged or kept in clear.
type Message struct {
	// ID tells a repeat from a new message.
	ID domain.ID `json:"id"`
	// Channel is sms or email.
	Channel string `json:"channel"`
	// To is an E.164 number or an e-mail address.
	To string `json:"to"`
	// Purpose is register, login, reset, phone, email, step-up, activation, or what changed: password_changed, phone_changed, email_changed.
	Purpose string `json:"purpose"`
	// Code is what the person types, empty where there is nothing to type.
	Code string `json:"code,omitempty"`
	// Text is the whole message in the person's language.
	Text string `json:"text"`
	// Language is en or zh.
	Language string `json:"language"`
}

// Sender takes a message on. A nil error says that it was handed over, not that it was read; the same ID may come twice.
type Sender interface {
	Send(ctx context.Context, m Message) error
}
