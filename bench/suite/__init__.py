"""All benches, in the order in which they run."""
from . import (chunk_cost, follow, kajson, local, loop_lag, memory, overlap, peers, reuse, runs, store_overhead, video,
               working_memory)

BENCHES = [local.LocalRead, local.LocalStore, memory.Memory, overlap.Overlap, overlap.OverlapPlan, overlap.OverlapSlow,
           video.OverlapVideo, loop_lag.LoopLag, follow.Follow, chunk_cost.ChunkCost, peers.Peers, peers.PeersStream,
           kajson.Kajson, working_memory.MemorySize, working_memory.WorkingMemory, store_overhead.StoreOverhead,
           runs.RunOverhead, runs.Resume, reuse.Reuse]
