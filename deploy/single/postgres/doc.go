// Package postgres keeps one private Postgres cluster for a single machine.
//
// It finds the binaries, makes the cluster, runs it as an unprivileged user, restarts it after a
// crash and adopts it when it outlived the process that started it. It opens no TCP port, downloads
// nothing, deletes no data directory, and never removes a postmaster.pid.
package postgres
