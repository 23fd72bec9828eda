import { joined, type Value } from "./value.ts"

/** What names stand for within a function, and around it. */
export class Scope {
  readonly values = new Map<string, Value>()
  readonly returned: Value[] = []
  readonly outer: Scope | undefined
  /** How many branches are open in it. */
  branches = 0
  constructor(outer?: Scope) {
    this.outer = outer
  }

  get(name: string): Value | undefined {
    for (let at: Scope | undefined = this; at; at = at.outer) {
      const value = at.values.get(name)
      if (value) return value
    }
    return undefined
  }

  set(name: string, value: Value): void {
    for (let at: Scope | undefined = this; at; at = at.outer) {
      const old = at.values.get(name)
      // Another function or a branch may not have run: then the old value is still there.
      if (old) return void at.values.set(name, at === this && this.branches === 0 ? value : joined([old, value]))
    }
    this.values.set(name, value)
  }

  declare(name: string, value: Value): void {
    this.values.set(name, value)
  }
}
