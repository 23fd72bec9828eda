import type { FlatTree } from "./flat-tree.ts"

/**
 * Reads a syntax tree straight out of the parser's WebAssembly memory into a FlatTree: about ten times as fast as
 * walking it through the library's cursor, because nothing is called for each node.
 *
 * The layout (Subtree, SubtreeInlineData, SubtreeHeapData and TSLanguage of tree-sitter 0.26/0.27 on wasm32) is not a
 * public interface. So `grammar.ts` compares its result with the cursor's on a sample of each grammar when that is
 * loaded, and uses the cursor where they differ. See docs/decisions/040-syntax-trees-read-from-memory.md.
 */
export interface TreeMemory {
  readonly HEAPU8: Uint8Array
  readonly HEAPU16: Uint16Array
  readonly HEAPU32: Uint32Array
}

/** What the reader must know of a grammar; made once for each. */
export interface GrammarTables {
  /** For each type id: 0 hidden, 1 anonymous token, 2 named. */
  readonly visibility: Uint8Array
  readonly aliasSequences: number
  readonly aliasSequenceLength: number
  readonly fieldSlices: number
  readonly fieldEntries: number
  /** Field id of each child by position, for each production; read on first use. */
  readonly fieldsOf: (Uint8Array | undefined)[]
}

const noFields: Uint8Array = new Uint8Array(0)

/** `address` is where the grammar's TSLanguage stands in memory. */
export function grammarTables(memory: TreeMemory, address: number, visibility: Uint8Array): GrammarTables {
  const word = (offset: number) => memory.HEAPU32[(address + offset) >> 2] ?? 0
  return {
    visibility,
    aliasSequenceLength: memory.HEAPU16[(address + 36) >> 1] ?? 0,
    fieldSlices: word(64),
    fieldEntries: word(68),
    aliasSequences: word(84),
    fieldsOf: [],
  }
}

function readFields(memory: TreeMemory, tables: GrammarTables, production: number): Uint8Array {
  const slice = (tables.fieldSlices >> 1) + production * 2
  const index = memory.HEAPU16[slice] ?? 0
  const length = tables.fieldSlices === 0 ? 0 : (memory.HEAPU16[slice + 1] ?? 0)
  let fields: Uint8Array = noFields
  for (let i = 0; i < length; i++) {
    const entry = tables.fieldEntries + (index + i) * 4
    const child = memory.HEAPU8[entry + 2] ?? 0
    // Inherited entries repeat what the hidden child itself says.
    if (memory.HEAPU8[entry + 3] !== 0) continue
    if (child >= fields.length) {
      const longer = new Uint8Array(child + 1)
      longer.set(fields)
      fields = longer
    }
    if (fields[child] === 0) fields[child] = memory.HEAPU16[entry >> 1] ?? 0
  }
  tables.fieldsOf[production] = fields
  return fields
}

// One frame for each subtree being read; grown as trees get deeper.
let frames = new Int32Array(7 * 256)
const frameSize = 7

/** Fills `tree` from the TSTree at `address`. */
export function readTree(memory: TreeMemory, tables: GrammarTables, address: number, tree: FlatTree): void {
  const { HEAPU8: u8, HEAPU16: u16, HEAPU32: u32 } = memory
  const { visibility, aliasSequences, aliasSequenceLength, fieldsOf } = tables
  let { kind, field, start, end, parent, after } = tree
  let capacity = kind.length
  let count = 0
  let depth = -1
  // The innermost emitted node that is still open.
  let open = -1
  /** Offset in bytes of UTF-16, before the padding of the next subtree. */
  let position = 0

  // The frame on top, kept in locals: where the next child is and where the children end, its place among the children
  // that are not extras, its fields and aliases, the field it passes on to what it hides, and the node it was emitted as.
  let next = address
  let last = address + 8
  let structural = 0
  let fields = noFields
  let production = 0
  let aliases = 0
  let inherited = 0
  let emitted = -1

  for (;;) {
    if (next === last) {
      if (emitted >= 0) {
        after[emitted] = count
        open = parent[emitted] ?? -1
      }
      if (depth < 0) break
      const frame = depth * frameSize
      next = frames[frame] ?? 0
      last = frames[frame + 1] ?? 0
      structural = frames[frame + 2] ?? 0
      production = frames[frame + 3] ?? 0
      inherited = frames[frame + 4] ?? 0
      emitted = frames[frame + 5] ?? 0
      aliases = frames[frame + 6] ?? 0
      fields = fieldsOf[production] ?? noFields
      depth--
      continue
    }
    const head = u8[next] ?? 0
    // A token without a name, the commonest of all: inline, visible or not, and nothing to report.
    if ((head & 0b101) === 0b001 && aliases === 0) {
      position += (u8[next + 6] ?? 0) + (u8[next + 7] ?? 0)
      if ((head & 0b1000) === 0) structural++
      next += 8
      continue
    }
    const pointer = u32[next >> 2] ?? 0
    let symbol: number
    let flags: number
    let padding: number
    let size: number
    let childCount = 0
    if (head & 1) {
      symbol = u8[next + 1] ?? 0
      flags = head >> 1
      padding = u8[next + 6] ?? 0
      size = u8[next + 7] ?? 0
    } else {
      padding = u32[(pointer + 4) >> 2] ?? 0
      size = u32[(pointer + 16) >> 2] ?? 0
      childCount = u32[(pointer + 36) >> 2] ?? 0
      symbol = u16[(pointer + 40) >> 1] ?? 0
      flags = u8[pointer + 44] ?? 0
      if (depth < 0) tree.hasErrors = (u32[(pointer + 32) >> 2] ?? 0) > 0
    }
    next += 8
    // A subtree's padding is that of its first leaf: it is counted once, at the leaf.
    let ownField = 0
    let isVisible = (flags & 1) !== 0
    let isNamed = (flags & 2) !== 0
    if (depth >= 0 && (flags & 4) === 0) {
      ownField = structural < fields.length ? (fields[structural] ?? 0) : 0
      if (aliases !== 0) {
        const alias = u16[(aliases >> 1) + structural] ?? 0
        if (alias !== 0) {
          symbol = alias
          const seen = visibility[alias] ?? 0
          isVisible = seen !== 0
          isNamed = seen === 2
        }
      }
      if (ownField === 0) ownField = inherited
      structural++
    }
    let node = -1
    if (isVisible && isNamed) {
      if (count === capacity) {
        tree.grow()
        ;({ kind, field, start, end, parent, after } = tree)
        capacity = kind.length
      }
      node = count++
      kind[node] = symbol
      field[node] = ownField
      const begin = position + padding
      start[node] = begin >> 1
      end[node] = (begin + size) >> 1
      parent[node] = open
      after[node] = count
    }
    if (childCount === 0) {
      position += padding + size
      continue
    }
    depth++
    const frame = depth * frameSize
    if (frame + frameSize > frames.length) {
      const longer = new Int32Array(frames.length * 2)
      longer.set(frames)
      frames = longer
    }
    frames[frame] = next
    frames[frame + 1] = last
    frames[frame + 2] = structural
    frames[frame + 3] = production
    frames[frame + 4] = inherited
    frames[frame + 5] = emitted
    frames[frame + 6] = aliases
    next = pointer - childCount * 8
    last = pointer
    structural = 0
    production = u16[(pointer + 66) >> 1] ?? 0
    fields = fieldsOf[production] ?? readFields(memory, tables, production)
    aliases = production === 0 || aliasSequences === 0 ? 0 : aliasSequences + production * aliasSequenceLength * 2
    inherited = isVisible ? 0 : ownField
    emitted = node
    if (node >= 0) open = node
  }
  tree.count = count
}
