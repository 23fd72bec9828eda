/**
 * Environment for a process that sits in the background for long. glibc gives each thread an arena of its own and
 * raises its thresholds after the first large blocks are freed; both make a server keep what its parser threads took
 * once: 169 MB instead of 117 MB half a minute after indexing this repository, and no faster (docs/decisions/063).
 * Other C libraries don't read these.
 */
export const lowMemory: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "65536",
}
