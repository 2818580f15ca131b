// Package imports takes files over HTTP: punches for now and for a dry run, what became of an import, its reversal, and the review of all its
// doubted punches.
//
// A form is streamed to a folder of its own, so that memory does not grow with the files, and goes when the answer has gone. Whoever asks with
// Accept: application/x-ndjson follows the work line by line: the stage and how far it is, and at last the report or the problem. The work ends
// when they hang up; the same files again resume it.
package imports
