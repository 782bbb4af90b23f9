// Command mongodb serves a MongoDB-compatible database on a loopback port, for the tests of the MongoDB store.
//
// It is FerretDB with its SQLite backend, in the folder that the first argument names. It writes the address it listens at as the first line of its output,
// and ends when its input does: a test that is killed leaves no server behind.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		return fmt.Errorf("usage: mongodb FOLDER [ADDRESS]")
	}
	folder, err := filepath.Abs(os.Args[1])
	if err != nil {
		return err
	}
	address := "127.0.0.1:0"
	if len(os.Args) == 3 {
		address = os.Args[2]
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: address},
		// Its errors are in its answers.
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	fmt.Println(server.MongoDBURI())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	return <-ended
}
