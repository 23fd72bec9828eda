import { fieldCount, onceBit } from "./fields.ts"
import type { IndexStore } from "./store.ts"
import { byteReader } from "./varint.ts"
import { openView } from "./view.ts"

/**
 * Everything an index says of a tree, in an order of its own: nothing in it depends on when or how it was indexed. Two
 * indexes of equal trees must dump alike.
 */
export function dumpOf(store: IndexStore, root: string): Record<string, unknown> {
  const tree = store.tree(root)
  const { contents } = store
  const view = openView(store, store.commits, root)
  const files = [...tree.files()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const live = new Map<number, { hash: string; firstDoc: number }>()
  for (const { content } of files) {
    const found = contents.get(content)
    if (found) live.set(content, { hash: `${found.hash} ${found.language}`, firstDoc: found.firstDoc })
  }
  const postings: string[] = []
  for (const { key, lists } of contents.segments.keys()) {
    for (const list of lists) {
      const reader = byteReader(list)
      let doc = 0
      while (reader.at < reader.end) {
        doc += reader.varint()
        const fields = reader.byte()
        const counts: number[] = []
        if ((fields & onceBit) === 0)
          for (let field = 3; field < fieldCount; field++) if (fields & (1 << field)) counts.push(reader.byte())
        const owner = live.get(contents.docs.content[doc] ?? 0)
        if (owner) postings.push(`${key} ${owner.hash} ${doc - owner.firstDoc} ${fields} ${counts.join(",")}`)
      }
    }
  }
  const { lengths, ...totals } = tree.totals
  return {
    tree: tree.name,
    totals: { ...totals, lengths: [...lengths] },
    files: files.map(({ path, content, skipped }) => ({
      path,
      skipped,
      text: view.text(content),
      parsed: view.parsed(content),
      links: view.links(content),
      signature: Buffer.from(view.signature(content) ?? []).toString("base64"),
    })),
    postings: postings.sort(),
  }
}
