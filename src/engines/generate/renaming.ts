import { inStyle, type NameStyle, wordsOf } from "../../code/conventions/name-style.ts"

const constant = (name: string) => inStyle(name, "snake_case").toUpperCase()

/**
 * Writes one name for another wherever it stands in a text, in each style as it stands there: `UserRoute`, `user_route`,
 * `USER_ROUTE`, "user-route", userRoute. A name of one word looks alike in three styles: `fileStyle` is taken where it is
 * part of a path, `nameStyle` elsewhere.
 */
export function renamed(
  text: string,
  {
    from,
    to,
    fileStyle,
    nameStyle,
  }: { readonly from: string; readonly to: string; readonly fileStyle: NameStyle; readonly nameStyle: NameStyle },
): string {
  if (wordsOf(from).length === 0) return text
  const forms = new Map<string, (before: string, after: string) => string>()
  const add = (form: string, write: (before: string, after: string) => string) => {
    if (!forms.has(form)) forms.set(form, write)
  }
  if (wordsOf(from).length === 1) {
    add(inStyle(from, "camelCase"), (before, after) => {
      if (/[/"'`.-]$/.test(before) && /^[/"'`.-]/.test(after)) return inStyle(to, fileStyle)
      if (/_$/.test(before) || /^_/.test(after)) return inStyle(to, "snake_case")
      return inStyle(to, nameStyle)
    })
  } else {
    add(inStyle(from, "camelCase"), () => inStyle(to, "camelCase"))
    add(inStyle(from, "kebab-case"), () => inStyle(to, "kebab-case"))
    add(inStyle(from, "snake_case"), () => inStyle(to, "snake_case"))
    add(wordsOf(from).join(" "), () => wordsOf(to).join(" "))
  }
  add(inStyle(from, "PascalCase"), () => inStyle(to, "PascalCase"))
  add(constant(from), () => constant(to))
  const longestFirst = [...forms.keys()].sort((a, b) => b.length - a.length).map((form) => RegExp.escape(form))
  // Not within a longer word: `user` stands in `userRoute` and `useUser`, not in `users` or `superuser`.
  const pattern = new RegExp(`(?:${longestFirst.join("|")})`, "g")
  return text.replace(pattern, (form: string, at: number) => {
    const before = text.slice(Math.max(0, at - 1), at)
    const rest = text.slice(at + form.length, at + form.length + 2)
    // Its plural goes with it.
    const after = /^[sS](?![a-zA-Z])/.test(rest) ? rest.slice(1) : rest.slice(0, 1)
    const isUpper = form === form.toUpperCase()
    if (/[a-z]/.test(before) && /^[a-z]/.test(form)) return form
    if (/[A-Z]/.test(before) && /^[A-Z]/.test(form)) return form
    if (/[a-z]/.test(after) || (isUpper && /[A-Z]/.test(after))) return form
    return forms.get(form)?.(before, after) ?? form
  })
}
