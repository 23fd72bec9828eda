/**
 * A syntax tree as columns: node `n` is entry `n` of each, in order of appearance, so that the nodes of a subtree
 * stand together from `n` to `after[n] - 1`, a first child is `n + 1` and a next sibling `after[n]`. Named nodes only.
 *
 * A tree of objects behind WebAssembly costs several calls a node; this form costs none.
 * The columns are used again for the next file: a tree is good until the next one of its grammar is read.
 */
export class FlatTree {
  text = ""
  /** Number of nodes; node 0 is the root. */
  count = 0
  hasErrors = false
  /** Names of node types by type id, and of fields by field id. */
  readonly types: readonly string[]
  readonly fieldIds: ReadonlyMap<string, number>

  /** Type id; `errorKind` for what the grammar could not place. */
  kind = new Uint16Array(0)
  /** Id of the field by which the parent knows the node, 0 where there is none. */
  field = new Uint8Array(0)
  /** UTF-16 offsets into `text`; `end` is exclusive. */
  start = new Int32Array(0)
  end = new Int32Array(0)
  parent = new Int32Array(0)
  after = new Int32Array(0)

  constructor(types: readonly string[], fieldIds: ReadonlyMap<string, number>) {
    this.types = types
    this.fieldIds = fieldIds
    this.grow()
  }

  /** Begins a new tree; the nodes already there are forgotten. */
  reset(text: string) {
    this.text = text
    this.count = 0
    this.hasErrors = false
    // A single huge file must not hold its columns for ever.
    if (this.kind.length > keptCapacity) this.resize(initialCapacity)
  }

  /** Makes room for at least one more node. */
  grow() {
    this.resize(Math.max(initialCapacity, this.kind.length * 2))
  }

  private resize(capacity: number) {
    this.kind = copied(this.kind, new Uint16Array(capacity))
    this.field = copied(this.field, new Uint8Array(capacity))
    this.start = copied(this.start, new Int32Array(capacity))
    this.end = copied(this.end, new Int32Array(capacity))
    this.parent = copied(this.parent, new Int32Array(capacity))
    this.after = copied(this.after, new Int32Array(capacity))
  }

  /** The node's type ("call_expression"), "" for no node (-1). */
  type(node: number): string {
    return this.types[this.kind[node] ?? -1] ?? ""
  }

  /** The node's source, "" for no node. */
  source(node: number): string {
    return node < 0 ? "" : this.text.slice(this.start[node], this.end[node])
  }

  /** First child that the grammar calls `field`, -1 where there is none. */
  child(node: number, field: string): number {
    const id = this.fieldIds.get(field)
    if (id === undefined || node < 0) return -1
    const end = this.after[node] ?? 0
    for (let at = node + 1; at < end; at = this.after[at] ?? end) if (this.field[at] === id) return at
    return -1
  }

  /** First child of one of `types`, -1 where there is none. */
  childOfType(node: number, ...types: readonly string[]): number {
    if (node < 0) return -1
    const end = this.after[node] ?? 0
    for (let at = node + 1; at < end; at = this.after[at] ?? end) if (types.includes(this.type(at))) return at
    return -1
  }

  /** The children in order, those of field `field` where one is named. */
  children(node: number, field?: string): number[] {
    if (node < 0) return []
    const id = field === undefined ? 0 : this.fieldIds.get(field)
    const found: number[] = []
    const end = this.after[node] ?? 0
    for (let at = node + 1; at < end; at = this.after[at] ?? end) {
      if (id === 0 || this.field[at] === id) found.push(at)
    }
    return found
  }

  firstChild(node: number): number {
    return node >= 0 && (this.after[node] ?? 0) > node + 1 ? node + 1 : -1
  }

  lastChild(node: number): number {
    let last = -1
    if (node >= 0) for (let at = node + 1; at < (this.after[node] ?? 0); at = this.after[at] ?? at + 1) last = at
    return last
  }

  parentOf(node: number): number {
    return this.parent[node] ?? -1
  }

  isLeaf(node: number): boolean {
    return this.after[node] === node + 1
  }
}

/** Type id of an ERROR node in every grammar (`ts_builtin_sym_error`). */
export const errorKind = 0xffff

const initialCapacity = 16_384
const keptCapacity = 1_048_576

function copied<T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from)
  return to
}
