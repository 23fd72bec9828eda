import type { Tree } from "web-tree-sitter"
import type { FlatTree } from "./flat-tree.ts"

/** Fills `flat` from a syntax tree through the library's public cursor: slow, and right by definition. */
export function walkTree(tree: Tree, flat: FlatTree): void {
  const cursor = tree.walk()
  flat.hasErrors = tree.rootNode.hasError
  const open: number[] = []
  let parent = -1
  try {
    for (;;) {
      const isNamed = cursor.nodeIsNamed
      if (isNamed) {
        if (flat.count === flat.kind.length) flat.grow()
        const node = flat.count++
        flat.kind[node] = cursor.nodeTypeId
        flat.field[node] = cursor.currentFieldId
        flat.start[node] = cursor.startIndex
        flat.end[node] = cursor.endIndex
        flat.parent[node] = parent
        flat.after[node] = flat.count
        if (cursor.gotoFirstChild()) {
          open.push(node)
          parent = node
          continue
        }
      } else if (cursor.gotoFirstChild()) {
        open.push(-1)
        continue
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return
        const closed = open.pop() ?? -1
        if (closed >= 0) {
          flat.after[closed] = flat.count
          parent = flat.parent[closed] ?? -1
        }
      }
    }
  } finally {
    cursor.delete()
  }
}
