package main

import (
	"fmt"
	"log/slog"

	"github.com/dakahq/daka/api/requestid"
)

// logFlags say how the server's log is written, on stderr.
type logFlags struct {
	LogLevel  string `env:"DAKA_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogFormat string `env:"DAKA_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

func (f logFlags) logger(w world) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		fmt.Fprintln(w.stderr, "daka: log level:", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(requestid.Logs(slog.NewJSONHandler(w.stderr, options)))
	}
	return slog.New(requestid.Logs(slog.NewTextHandler(w.stderr, options)))
}
