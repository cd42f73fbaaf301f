package slots

// State says how a cell's words were come by.
type State uint8

// The states of a cell.
const (
	Known    State = iota // the key has had this slot
	Fresh                 // the key has just been given it; its words are zero
	Overflow              // no slot is free; the words are shared
)

// Cell is what the table keeps for a key, locked.
type Cell struct {
	Words []int64
	Now   int64 // the time of the table's part: what was asked for, or later
	State State
	shard *shard
}

// Shared are the overflow words of the cell's part of the table.
func (c *Cell) Shared() []int64 { return c.shard.shared[:] }

// Close unlocks the cell.
func (c *Cell) Close() { c.shard.mu.Unlock() }
