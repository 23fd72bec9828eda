import { posix } from "node:path"
import { isUnder } from "./pattern.ts"
import type { ProgramPart } from "./shell/take-apart.ts"
import type { Word } from "./shell/word.ts"

interface Reader {
  /** Options that make it write or run something. */
  readonly refuse?: RegExp
  /** Its first word must be one of these. */
  readonly onlyWith?: readonly string[]
  /** Its words are no names of files. */
  readonly isPathless?: boolean
}

const named = (names: string, reader: Reader) => Object.fromEntries(names.split(" ").map((name) => [name, reader]))

/**
 * Programs that only read, by name, so that nobody is asked about `ls`. A program is here only when every option of it is
 * known to read, but for those refused (long options may be shortened).
 */
const readers: Readonly<Record<string, Reader>> = {
  ...named(
    "cat cd cmp comm cut diff du df fold grep egrep fgrep head jq ls md5sum nl od paste readlink realpath sha1sum " +
      "sha256sum sha512sum stat strings tail test [ uniq wc",
    {},
  ),
  ...named("basename command dirname echo expr false id printenv pwd seq tr true uname which whoami", {
    isPathless: true,
  }),
  date: { refuse: /^(-[a-zA-Z]*s|--s)/ },
  file: { refuse: /^(-[a-zA-Z]*C|--c)/ },
  find: { refuse: /^-(delete|fls|fprint|fprint0|fprintf)$/ },
  rg: { refuse: /^(--pre|--hostname-bin|-[a-zA-Z]*z|--search-zip)/ },
  sort: { refuse: /^(-[a-zA-Z]*[oT]|--(o|com|t))/ },
  tree: { refuse: /^(-[a-zA-Z]*[oR]|--o)/ },
  git: {
    refuse: /^(--ou|--ext|--textc|--op|-O)/,
    onlyWith: "status log diff show blame ls-files ls-tree rev-parse shortlog describe grep".split(" "),
  },
}

/**
 * Whether a part of a command surely only reads, and only inside `root`: a program known to read, with words that are
 * known, none of which leads out of the folder it runs in.
 */
export function onlyReads(part: ProgramPart, root: string): boolean {
  const [first, ...rest] = part.words
  if (!first?.isLiteral || part.open || part.folders === undefined) return false
  const reader = Object.hasOwn(readers, first.text) ? readers[first.text] : undefined
  if (reader === undefined) return false
  if (first.text === "command" && !/^-[vV]$/.test(rest[0]?.text ?? "")) return false
  if (reader.onlyWith !== undefined && !reader.onlyWith.includes(rest[0]?.text ?? "")) return false
  // The second name after `uniq` is a file it writes.
  if (first.text === "uniq" && rest.filter((word) => !word.text.startsWith("-")).length > 1) return false
  if (first.text === "cd" && rest.length === 0) return false
  return rest.every((word) => {
    // An unknown word may be an option.
    if (!word.isLiteral || reader.refuse?.test(word.text)) return false
    return reader.isPathless === true || staysInside(word, part, root)
  })
}

function staysInside(word: Word, part: ProgramPart, root: string): boolean {
  // `--file=/etc/passwd` and `-f/etc/passwd` name a path as well.
  const texts = [word.text, word.text.replace(/^--?[\w-]*=/, ""), word.text.replace(/^-[a-zA-Z]/, "")]
  return texts.every((text) => (part.folders ?? []).every((folder) => isUnder(root, posix.resolve(folder, text))))
}
