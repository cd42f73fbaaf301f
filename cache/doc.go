// Package cache holds bounded stores of bytes: Records of verified tokens, and the Store of what was answered, with the
// generations by which parts of it are purged at once. It knows no HTTP.
//
// In a Store small entries live in two ring buffers (freecache): a newcomer in the one that a flood of newcomers can overwrite, and
// what is asked for again in the other. Larger ones live in an arena of their own, are read in place, and are given up in
// the same order. An entry is found by a key of 128 bits, and the text the key was made of is compared whole.
package cache
