import { z } from "zod"

/** With --staged: which tree is meant. Git gives its hooks an index of their own, which only they see. */
export const TreeName = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/, "40 or 64 hexadecimal digits, as `git write-tree` gives them")
  .optional()
  .describe("With --staged: the tree of the next commit, where it is not the repository's index (`git write-tree`)")

export const treeNeedsStaged = "--tree says which tree --staged means: give both."
