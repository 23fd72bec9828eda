/**
 * What a question asks for and what it is about, found by rule. No model is needed for the few shapes in which people
 * ask about code; everything else is "about", which answers with the best passages.
 */
export interface Question {
  readonly text: string
  readonly kind: QuestionKind
  /** The question without its frame: "what calls the retry helper?" is about "the retry helper". */
  readonly subject: string
  /** Identifiers it names, the most certain first: quoted, then written as code, then single words of the subject. */
  readonly names: readonly string[]
  readonly places: readonly Place[]
}

export type QuestionKind = "where" | "callers" | "impact" | "how" | "who" | "tests" | "about"

/** A path in the question, with the lines it names: `src/a.ts:10-20`. */
export interface Place {
  readonly path: string
  readonly startLine?: number
  readonly endLine?: number
}

interface Frame {
  readonly kind: QuestionKind
  /** The first group is the subject. */
  readonly pattern: RegExp
}

// The order decides: "where is x called" is a question for callers, "who calls" is not one for authors.
const frames: readonly Frame[] = [
  {
    kind: "callers",
    pattern: /^where (?:is|are|does|do) (.+?) (?:being )?(?:called|used|invoked|referenced|imported)(?: from)?$/,
  },
  { kind: "callers", pattern: /^(?:what|who|which \w+) (?:calls?|uses?|invokes?|references?|imports?) (?:to )?(.+)$/ },
  {
    kind: "callers",
    pattern:
      /^(?:list |show |find )?(?:me )?(?:all )?(?:the )?(?:callers?|usages?|uses|references|call sites) (?:of|to|for) (.+)$/,
  },
  {
    kind: "impact",
    pattern:
      /^what (?:would |will |could |might |can )?(?:break|breaks|fail|fails|be affected|is affected|happens?)(?: if| when)? (?:i |we |you |someone )?(?:change|changed|remove|removed|delete|deleted|rename|renamed|move|moved|touch|edit|modify|by)?\s*(.+?)(?: (?:is|was|were|gets?) (?:changed|removed|deleted|renamed|moved|modified))?$/,
  },
  { kind: "impact", pattern: /^(?:what|who|which \w+) (?:depends?|relies|rely) (?:up)?on (.+)$/ },
  {
    kind: "impact",
    pattern:
      /^(?:what is |what's )?(?:the )?(?:impact|blast radius|effect|consequences?) (?:of|on|for|if) (?:i |we )?(?:changing |removing |deleting |renaming |change |remove |delete |rename )?(.+)$/,
  },
  {
    kind: "impact",
    pattern:
      /^(?:is it|would it be|can (?:i|we)) (?:safe|safely|ok|okay)? ?(?:to )?(?:change|remove|delete|rename|drop) (.+)$/,
  },
  {
    kind: "tests",
    pattern:
      /^(?:what|which|where are(?: the)?) (?:tests?|specs?)(?: (?:cover|covers|exercise|exercises|check|checks|are there for|exist for|for|test|of))? (.+)$/,
  },
  { kind: "tests", pattern: /^(?:is|are) (.+?) (?:covered by (?:a )?tests?|tested)$/ },
  { kind: "tests", pattern: /^(?:how is|how are|what tests) (.+?) tested$/ },
  {
    kind: "who",
    pattern:
      /^who (?:last )?(?:changed|wrote|added|introduced|made|touched|modified|edited|broke|removed|deleted|created|authored|owns|knows|maintains)(?: about)? (.+?)(?:,? and why| last)?$/,
  },
  {
    kind: "who",
    pattern:
      /^why (?:was|were|did|has|have|is|are|do|does) (.+?)(?: (?:been )?(?:changed?|added|introduced|removed|there|here|like this|renamed))?$/,
  },
  {
    kind: "who",
    pattern: /^when (?:was|were|did) (.+?)(?: (?:last )?(?:changed?|added|introduced|removed|written))?$/,
  },
  { kind: "who", pattern: /^(?:show (?:me )?)?(?:the )?(?:history|log|blame|evolution) (?:of|for) (.+)$/ },
  { kind: "who", pattern: /^what (?:has )?changed (?:in|about|with) (.+?)(?: (?:recently|lately))?$/ },
  {
    kind: "how",
    pattern:
      /^how (?:does|do|is|are|did|can|could|would|should|to)(?: (?:i|we|you|it|one))? (.+?)(?: (?:works?|function|happen|done|made|implemented|handled))?$/,
  },
  {
    kind: "how",
    pattern:
      /^(?:please )?(?:explain|describe|walk me through|tell me about|summari[sz]e) (?:to me )?(?:how )?(.+?)(?: works?)?$/,
  },
  { kind: "how", pattern: /^what (?:does|do) (.+?) (?:do|mean|return|contain)$/ },
  {
    kind: "where",
    pattern:
      /^where(?:'s| is| are| do| does| can| could| should| would| did)?(?: (?:i|we|you))?(?: find| see| look for)? (.+?)(?: (?:defined|declared|implemented|located|live|lives|happen|happens|set|stored|handled|done|made|created|computed|configured|come from|comes from))?$/,
  },
  {
    kind: "where",
    pattern:
      /^(?:which|what) (?:file|files|module|modules|function|functions|class|classes|method|methods|code|place|places|part|line|lines)(?: of the code)? (?:is|are|does|do|has|have|contains?|defines?|implements?|handles?|holds?)? ?(.+)$/,
  },
  { kind: "where", pattern: /^(?:find|locate|show(?: me)?|search(?: for)?|look for|grep(?: for)?) (.+)$/ },
  { kind: "how", pattern: /^what(?:'s| is| are| was) (.+?)(?: for)?$/ },
]

const fillers = new Set(
  "a an the this that these those our my your its their it i we you they is are was were be been being do does did done has have had of in on at to for from by with about into out up and or not no but if when then so as than there here what which who whom why where how all any some each every code file files function functions method methods class classes module modules thing things please me us actually really exactly currently repo repository project codebase work works working".split(
    " ",
  ),
)

export function readQuestion(text: string): Question {
  const asked = text.trim().replace(/\s+/g, " ")
  const plain = asked.replace(/[?!.\s]+$/, "")
  const { kind, subject } = frameOf(plain)
  return { text: asked, kind, subject, names: namesIn(subject, plain), places: placesIn(plain) }
}

function frameOf(plain: string): { kind: QuestionKind; subject: string } {
  const lower = plain.toLowerCase()
  for (const { kind, pattern } of frames) {
    const match = pattern.exec(lower)
    const found = match?.[1]?.trim()
    if (!found) continue
    // The pattern ran over lower case; the subject is cut from the text as it was written.
    const at = lower.indexOf(found, match?.[0].indexOf(found) ?? 0)
    const subject = lower.length === plain.length && at >= 0 ? plain.slice(at, at + found.length) : found
    return { kind, subject: subject.trim() }
  }
  return { kind: "about", subject: plain }
}

const pathPattern =
  /(?:^|[\s`'"(])((?:\.{0,2}\/)?(?:[\w@.+-]+\/)*[\w@+-][\w@.+-]*\.[A-Za-z][A-Za-z0-9]{0,9})(?::(\d+)(?:-(\d+))?)?(?=$|[\s`'"),;:?])/g

function placesIn(text: string): Place[] {
  const places: Place[] = []
  for (const match of text.matchAll(pathPattern)) {
    const path = match[1]?.replace(/^\.\//, "")
    if (!path) continue
    const startLine = match[2] === undefined ? undefined : Number(match[2])
    const endLine = match[3] === undefined ? startLine : Number(match[3])
    places.push({
      path,
      ...(startLine === undefined ? {} : { startLine }),
      ...(endLine === undefined ? {} : { endLine }),
    })
  }
  return places
}

/** Identifier parts as languages write them: `a.b`, `A::b`, `a#b`, `foo!`, `$x`, `@attr`. */
const identifier = /[$@]?[A-Za-z_][\w$]*(?:(?:\.|::|#|->)[A-Za-z_][\w$]*)*[!?]?/g

function namesIn(subject: string, whole: string): string[] {
  const names: string[] = []
  const add = (name: string | undefined) => {
    if (name !== undefined && name !== "" && !names.includes(name)) names.push(name)
  }
  for (const match of whole.matchAll(/[`'"]([^`'"]{1,200})[`'"]/g)) add(match[1]?.replace(/\(.*\)$/, "").trim())
  const words = [...subject.matchAll(identifier)].map((match) => match[0])
  for (const match of subject.matchAll(/([A-Za-z_$][\w$.:#]*)\s*\(\s*\)/g)) add(match[1])
  for (const word of words) if (looksLikeCode(word)) add(word)
  for (const word of words) if (!fillers.has(word.toLowerCase())) add(word)
  return names
}

/** camelCase, snake_case, PascalCase with an inner capital, a qualified name, or anything with a digit or `$` inside. */
export function looksLikeCode(word: string): boolean {
  return /[a-z0-9][A-Z]|[A-Z]{2,}[a-z]|_\w|\w_|\.\w|::|#|->|\$|\w\d/.test(word)
}

/** The words of the subject that carry meaning, in lower case. */
export function subjectWords(question: Question): string[] {
  const words = question.subject.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []
  return [...new Set(words.filter((word) => !fillers.has(word)))]
}
