/** ANSI styles (ECMA-48 SGR) as what begins and what ends them; empty where the terminal has no colours. */
export interface Style {
  readonly on: string
  readonly off: string
}
export interface Ink {
  readonly hasColor: boolean
  readonly bold: Style
  readonly code: Style
  readonly quiet: Style
  readonly good: Style
  readonly bad: Style
  readonly warning: Style
  readonly keyword: Style
  readonly string: Style
}

export function inkOf(hasColor: boolean): Ink {
  const style = (on: number, off: number): Style =>
    hasColor ? { on: `\x1b[${on}m`, off: `\x1b[${off}m` } : { on: "", off: "" }
  return {
    hasColor,
    bold: style(1, 22),
    code: style(36, 39),
    quiet: style(2, 22),
    good: style(32, 39),
    bad: style(31, 39),
    warning: style(33, 39),
    keyword: style(35, 39),
    string: style(32, 39),
  }
}

export const painted = ({ on, off }: Style, text: string): string => (text === "" ? "" : on + text + off)

/**
 * Text from elsewhere for a terminal: what would move its cursor, change its title or turn the order of letters round is
 * left out. Line breaks and tabs stay.
 */
export const harmless = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
