import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"

/**
 * The errors of `after` that were not there before. Lines move with a change, so an error is known by its file, its rule and
 * its words. Where one goes and one comes that differ only in the names that they quote, it is the same one after a rename.
 * `movedFrom`: the path that a moved file had.
 */
export function newErrors(
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
  movedFrom: ReadonlyMap<string, string> = new Map(),
): readonly Diagnostic[] {
  const key = ({ tool, path, rule, message }: Diagnostic): string =>
    JSON.stringify([tool, movedFrom.get(path) ?? path, rule, message])
  const unnamed = (one: Diagnostic): string => key({ ...one, message: one.message.replace(quotation, "''") })
  const { left: gone, rest: come } = matched(before, after, key)
  return matched(gone, come, unnamed).rest
}

const quotation = /'[^']*'|"[^"]*"|`[^`]*`/g

/** Takes off one of each for one of the other. `left`: of the first that have no counterpart; `rest`: of the second. */
function matched(first: readonly Diagnostic[], second: readonly Diagnostic[], key: (one: Diagnostic) => string) {
  const open = new Map<string, Diagnostic[]>()
  for (const one of first) open.set(key(one), [...(open.get(key(one)) ?? []), one])
  const rest = second.filter((one) => open.get(key(one))?.pop() === undefined)
  return { left: [...open.values()].flat(), rest }
}
