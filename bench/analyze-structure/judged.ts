import type { Row } from "../machine.ts"

/** A case: what it is, and what was said of it. */
export interface Judged {
  readonly isBad: boolean
  readonly isFound: boolean
}

export const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${Math.round((part / whole) * 100)} %`

export function judgedRow(what: string, judged: readonly Judged[]): Row {
  const count = (isBad: boolean, isFound: boolean) =>
    judged.filter((one) => one.isBad === isBad && one.isFound === isFound).length
  const [right, missed, wrong] = [count(true, true), count(true, false), count(false, true)]
  return {
    what,
    value: `precision ${percent(right, right + wrong)}, recall ${percent(right, right + missed)} (${judged.length} cases: ${right} found, ${missed} missed, ${wrong} false, ${count(false, false)} rightly silent)`,
  }
}
