import type { FlatTree } from "../../parse/flat-tree.ts"
import { boundNames, parametersOf } from "./bindings.ts"
import { aliasOfType, isFormat, isPassing } from "./known-functions.ts"
import { calleePath, childBy, type Imports, importsIn, literalText, pathOf } from "./names.ts"
import type { Family } from "./rule.ts"
import { Scope } from "./scope.ts"
import { fields, type Shape, shapesOf } from "./shapes.ts"
import { checks, cleaned, harmlessType, sourceOf, sourceParameter } from "./sources.ts"
import { constant, joined, levels, textOf, unknown, type Value } from "./value.ts"

/** One argument of a call. */
export interface Argument {
  readonly node: number
  /** Of a named one. */
  readonly name: string
  readonly value: Value
}

/** What the walk comes by. Nodes are of the tree it was given. */
export interface Seen {
  call(node: number, callee: string, args: readonly Argument[], receiver: Value): void
  assign(node: number, target: string, value: Value): void
  pair(node: number, key: string, valueNode: number, value: Value): void
  special(node: number, type: string, value: Value): void
  regex(node: number): void
}

/** Deeper nesting is left alone: nobody writes it, and the stack is not for it. */
const mostDepth = 400

/**
 * Follows values through one file in the order in which it is written: through assignments, joined text, collections and
 * functions whose bodies are in sight. Branches are taken one after the other and what they assign is joined, so that the
 * answer is what could be, not what is. Within one function, after "taint analysis" as static analysers do it.
 */
export function follow(tree: FlatTree, family: Family, seen: Seen): void {
  new Flow(tree, family, seen).run()
}

class Flow {
  private readonly tree: FlatTree
  private readonly family: Family
  private readonly seen: Seen
  private readonly shapes: readonly Shape[]
  private readonly imports: Imports
  private scope = new Scope()
  private depth = 0
  /** What the parameters of the next functions are given: the elements of `list` in `list.map(fn)`. */
  private elements: Value | undefined

  constructor(tree: FlatTree, family: Family, seen: Seen) {
    this.tree = tree
    this.family = family
    this.seen = seen
    this.shapes = shapesOf(tree.types)
    this.imports = importsIn(tree, family)
  }

  run(): void {
    this.children(0)
  }

  private children(node: number): Value {
    const end = this.tree.after[node] ?? 0
    const values: Value[] = []
    for (let at = node + 1; at < end; at = this.tree.after[at] ?? end) values.push(this.value(at))
    return joined(values)
  }

  private readonly known = (name: string): string | undefined => this.scope.get(name)?.path ?? this.imports.get(name)

  private value(node: number): Value {
    if (node < 0 || this.depth > mostDepth) return unknown
    this.depth += 1
    try {
      return this.valueOfShape(node)
    } finally {
      this.depth -= 1
    }
  }

  private valueOfShape(node: number): Value {
    const { tree } = this
    switch (this.shapes[tree.kind[node] ?? 0]) {
      case "skip":
      case "comment":
        return constant
      case "constant":
        return constant
      case "regex":
        this.seen.regex(node)
        return constant
      case "name":
        return this.named(node)
      case "text":
        return this.text(node)
      case "member":
      case "index":
        return this.member(node)
      case "binary":
        return this.binary(node)
      case "choice":
        return this.choice(node)
      case "assign":
        return this.assignment(node)
      case "pair":
        return this.pair(node)
      case "call":
        return this.call(node)
      case "function":
        return this.function(node)
      case "branch":
        return this.branch(node)
      case "return": {
        const value = this.children(node)
        this.scope.returned.push(value)
        return constant
      }
      case "special": {
        const value = this.children(node)
        const type = tree.type(node)
        this.seen.special(node, type, /command|subshell/.test(type) ? { ...value, isBuilt: true } : value)
        return { ...unknown }
      }
      default: {
        const type = this.tree.child(node, "type")
        // `(int) data`, `data as u32`
        const isNumber =
          type >= 0 && /cast/.test(this.tree.type(node)) && harmlessType.test(`:${this.tree.source(type)}`)
        return isNumber ? constant : this.children(node)
      }
    }
  }

  private named(node: number): Value {
    const name = this.tree.source(node)
    const path = this.known(name) ?? name
    const found = this.scope.get(name)
    if (found) return found
    const source = sourceOf(path, this.family)
    if (source) return this.cameIn(node, source)
    // A constant by its name, a type or a module.
    if (/^[A-Z]/.test(name) || name === "this" || name === "self" || this.imports.has(name))
      return { ...constant, path }
    return { ...unknown, path }
  }

  private cameIn(
    node: number,
    { says, trust, isOwn = false }: { says: string; trust: number; isOwn?: boolean },
  ): Value {
    return { ...constant, level: levels.source, trust, from: { node, says, isOwn } }
  }

  private text(node: number): Value {
    const { tree } = this
    const holes: Value[] = []
    const end = tree.after[node] ?? 0
    let head: string | undefined
    let texts = 0
    for (let at = node + 1; at < end; at = tree.after[at] ?? end) {
      const type = tree.type(at)
      if (/content|fragment|escape|start|end$|brace|format_spec|type_conversion/.test(type)) {
        texts += /start$|end$/.test(type) ? 0 : 1
        if (holes.length === 0 && /content|fragment/.test(type)) head = (head ?? "") + tree.source(at)
        continue
      }
      if (this.shapes[tree.kind[at] ?? 0] === "text") {
        const part = this.value(at)
        if (part.level > 0) holes.push(part)
        else if (holes.length === 0) head = (head ?? "") + (part.text ?? "")
        texts += 1
      } else holes.push(this.value(at))
    }
    if (holes.every(({ level }) => level === levels.constant)) {
      const own = holes.length === 0 ? (tree.isLeaf(node) || texts <= 1 ? literalText(tree, node) : head) : undefined
      return own === undefined ? { ...constant, head } : textOf(own)
    }
    return { ...joined(holes, texts > 0 || holes.length > 1), head: head ?? "" }
  }

  private member(node: number): Value {
    const { tree } = this
    const object = childBy(tree, node, fields.object)
    const end = tree.after[node] ?? 0
    // What stands in the brackets is looked at as well; it does not make the element come from elsewhere.
    let base: Value = constant
    for (let at = node + 1; at < end; at = tree.after[at] ?? end) {
      const isObject = object >= 0 ? at === object : at === node + 1
      if (isObject) base = this.value(at)
      else if (this.shapes[tree.kind[at] ?? 0] !== "name") this.value(at)
    }
    const path = pathOf(tree, node, this.shapes, this.known).replaceAll("::", ".")
    const stored = path === "" ? undefined : this.scope.get(path)
    if (stored) return stored
    const source = sourceOf(path, this.family)
    if (source && base.level < levels.source) return this.cameIn(node, source)
    if (/\.(?:length|size|Length|Count|count)$/.test(path)) return constant
    return { ...base, text: undefined, head: undefined, isBuilt: false, path }
  }

  private binary(node: number): Value {
    const { tree } = this
    const [left = -1, right = -1] = tree.children(node)
    const a = this.value(left)
    const b = this.value(right)
    const operator = tree.text.slice(tree.end[left], tree.start[right]).replace(/\s+/g, " ").trim()
    if (/^(?:\|\||\?\?|\?:|or|and|&&)$/.test(operator) && this.family !== "c") return joined([a, b])
    if (!/^(?:\+|\.|<<|%|~)$/.test(operator) && operator !== ".") return constant
    if (a.text !== undefined && b.text !== undefined && operator === "+") return textOf(a.text + b.text)
    const isText = (value: Value) => value.text !== undefined || value.head !== undefined || value.isBuilt
    if (operator === "%" && !isText(a)) return constant
    if (operator === "<<" && left >= 0 && tree.type(left) === "identifier") this.flowInto(left, b)
    const level = Math.max(a.level, b.level)
    if (level === levels.constant) return { ...constant, head: a.head }
    return { ...joined([a, b], isText(a) || isText(b)), head: a.head }
  }

  private choice(node: number): Value {
    const { tree } = this
    const then = childBy(tree, node, ["consequence", "body"])
    const otherwise = tree.child(node, "alternative")
    if (then >= 0) {
      this.value(tree.child(node, "condition"))
      return joined([this.value(then), this.value(otherwise)])
    }
    // Python's, without fields: value, condition, other value.
    const [a = -1, condition = -1, b = -1] = tree.children(node)
    this.value(condition)
    return joined([this.value(a), this.value(b)])
  }

  private assignment(node: number): Value {
    const { tree } = this
    const type = tree.type(node)
    const left = childBy(tree, node, fields.left)
    let right = childBy(tree, node, fields.right)
    if (right < 0 && (type === "variable_declarator" || type === "foreach_statement")) right = tree.lastChild(node)
    if (type === "foreach_statement" && left < 0) return this.phpLoop(node)
    const isLoop = /^for|range_clause|enhanced/.test(type)
    // Java's `for (;;)` and others without a left side are no assignments.
    if (left < 0 || right < 0 || left === right) return this.children(node)
    const body = tree.child(node, "body")
    const lefts = tree.type(left) === "expression_list" ? tree.children(left) : [left]
    const rights = tree.type(right) === "expression_list" ? tree.children(right) : [right]
    const values = rights.map((one) => this.value(one))
    const isAdding = /augmented|operator_assignment|compound/.test(type) || this.operator(left, right) === "+="
    lefts.forEach((target, i) => {
      const value = values.length === lefts.length ? (values[i] ?? unknown) : joined(values)
      this.store(target, isLoop ? { ...value, isBuilt: false, text: undefined } : value, isAdding, node)
    })
    if (body >= 0) this.inBranch(() => this.value(body))
    for (const other of isLoop ? tree.children(node, "alternative") : []) this.inBranch(() => this.value(other))
    return joined(values)
  }

  private operator(left: number, right: number): string {
    return this.tree.text.slice(this.tree.end[left], this.tree.start[right]).trim().slice(0, 3)
  }

  /** `foreach ($all as $key => $value) { }` */
  private phpLoop(node: number): Value {
    const { tree } = this
    const [all = -1, bound = -1] = tree.children(node)
    const value = this.value(all)
    for (const name of boundNames(tree, this.shapes, bound))
      this.scope.set(tree.source(name), { ...value, text: undefined })
    return this.inBranch(() => this.value(tree.child(node, "body")))
  }

  private store(target: number, value: Value, isAdding: boolean, node: number): void {
    const { tree } = this
    const shape = this.shapes[tree.kind[target] ?? 0]
    if (shape === "name") {
      const name = tree.source(target)
      if (!isAdding) {
        this.declareOrSet(name, value, node)
        return
      }
      const old = this.scope.get(name) ?? unknown
      const isBuilt = value.level > 0 || old.level > 0
      this.scope.set(name, { ...joined([old, value], isBuilt), head: old.head ?? old.text })
      return
    }
    if (shape === "member" || shape === "index") {
      // The object's own parts are looked at, and what is assigned is heard of by its name.
      const base = this.value(childBy(tree, target, fields.object))
      const path = pathOf(tree, target, this.shapes, this.known)
      this.seen.assign(node, path, value)
      if (shape === "index" || base.level === levels.constant)
        this.flowInto(childBy(tree, target, fields.object), value)
      if (path !== "") this.scope.set(path, value)
      return
    }
    const path = value.path
    for (const name of boundNames(tree, this.shapes, target)) {
      const source = path === undefined ? undefined : sourceOf(`${path}.${tree.source(name)}`, this.family)
      const part = source && value.level < levels.source ? this.cameIn(name, source) : { ...value, text: undefined }
      this.declareOrSet(tree.source(name), { ...part, path: path && `${path}.${tree.source(name)}` }, node)
    }
  }

  private declareOrSet(name: string, value: Value, node: number): void {
    const type = this.tree.type(node)
    if (/declarator|short_var|var_spec|const_spec|let_declaration/.test(type) && !this.scope.values.has(name))
      this.scope.declare(name, value)
    else this.scope.set(name, value)
  }

  /** Data goes into a collection or a builder that has a name. */
  private flowInto(node: number, value: Value): void {
    if (node < 0 || value.level === levels.constant) return
    const { tree } = this
    const name = this.shapes[tree.kind[node] ?? 0] === "name" ? tree.source(node) : ""
    const old = name === "" ? undefined : this.scope.get(name)
    if (!old || old.isFunction) return
    this.scope.set(name, { ...joined([old, value], old.isBuilt || value.isBuilt), head: old.head, path: old.path })
  }

  private pair(node: number): Value {
    const { tree } = this
    const key = childBy(tree, node, fields.key)
    const parts = tree.children(node)
    const keyNode = key >= 0 ? key : (parts[0] ?? -1)
    const valueNode = tree.child(node, "value") >= 0 ? tree.child(node, "value") : (parts.at(-1) ?? -1)
    if (tree.type(keyNode) === "computed_property_name") this.value(keyNode)
    if (valueNode === keyNode) {
      const value = this.value(valueNode)
      if (tree.type(node) === "jsx_attribute") return constant
      return value
    }
    const value = this.value(valueNode)
    const name = (literalText(tree, keyNode) ?? tree.source(keyNode)).replace(/^[:'"]+|['":]+$/g, "").slice(0, 100)
    this.seen.pair(node, name, valueNode, value)
    return value
  }

  private call(node: number): Value {
    const { tree } = this
    const path = calleePath(tree, node, this.shapes, this.known)
    const receiverNode = this.receiverOf(node)
    const receiver = receiverNode >= 0 ? this.value(receiverNode) : constant
    const callee = tree.child(node, "function")
    if (callee >= 0 && receiverNode < 0 && this.shapes[tree.kind[callee] ?? 0] !== "name") this.value(callee)
    const isMapped =
      /\.(?:map|flatMap|forEach|each|filter|reduce|collect|select|ForEach|Select|for_each|every|some|find)$/.test(path)
    const outer = this.elements
    this.elements = isMapped && receiverNode >= 0 ? receiver : undefined
    const args = this.arguments(node)
    this.elements = outer
    const given = args.map(({ value }) => value)
    this.seen.call(node, path, args, receiver)
    return this.result(node, path, receiver, receiverNode, args, given, isMapped)
  }

  private result(
    node: number,
    path: string,
    receiver: Value,
    receiverNode: number,
    args: readonly Argument[],
    given: readonly Value[],
    isMapped: boolean,
  ): Value {
    const source = sourceOf(path.replace(/^new /, ""), this.family)
    if (source && receiver.level < levels.source) return this.cameIn(node, source)
    const clean = cleaned(path)
    if (clean) {
      const value = joined([receiver, ...given])
      return clean.length > 11 ? constant : { ...value, cleanFor: [...value.cleanFor, ...clean], text: undefined }
    }
    if (isMapped) {
      const made = args.find(({ value }) => value.isFunction)?.value
      if (made && /map|flatMap|collect|Select$|reduce/.test(path))
        return { ...made, isFunction: false, path: undefined }
      return receiver
    }
    const name = path.replace(/^new /, "")
    const own = this.scope.get(name)
    if (own?.isFunction) {
      if (own.level === levels.constant) return constant
      return own.level === levels.parameter ? { ...joined(given), isBuilt: own.isBuilt } : { ...own, isFunction: false }
    }
    // A method that changes what it is called on: `list.push(data)`, `text.append(data)`, `scanner >> data`.
    if (
      receiverNode >= 0 &&
      /\.(?:push|unshift|append|add|insert|put|set|addAll|push_str|concat|Append|Add|write|WriteString|extend|setParameter|arg)$/.test(
        path,
      )
    )
      this.flowInto(
        receiverNode,
        joined(
          given,
          given.some(({ isBuilt }) => isBuilt),
        ),
      )
    if (
      this.family === "c" &&
      /^(?:std\.)?(?:strcpy|strcat|strncpy|strncat|sprintf|snprintf|memcpy|fgets|gets|scanf|fscanf|sscanf|read|recv|getline)$/.test(
        path,
      )
    )
      this.flowOut(node, path, args)
    const all = receiverNode >= 0 ? [receiver, ...given] : given
    if (isFormat.test(path)) {
      const text = args.find(({ value }) => value.text !== undefined)?.value.text
      const isText = receiver.text !== undefined || args.some(({ value }) => value.text !== undefined)
      return { ...joined(all, isText), head: (receiver.text ?? text ?? "").split(/[%{]/, 1)[0] }
    }
    if (isPassing.test(path)) return { ...joined(all), head: given[0]?.head ?? receiver.head }
    const worst = joined(all)
    if (
      receiverNode >= 0 &&
      receiver.level === levels.constant &&
      worst.level === levels.constant &&
      receiver.path === undefined
    )
      return constant
    if (worst.level <= levels.unknown) return unknown
    // A method of the data itself gives more of it; what another function does with it can't be seen.
    const isOwnMethod = receiverNode >= 0 && receiver.level === worst.level
    return {
      ...worst,
      text: undefined,
      path: undefined,
      trust: worst.trust * (isOwnMethod || path.startsWith("new ") ? 1 : 0.7),
    }
  }

  /** C's functions write into what their first arguments point to. */
  private flowOut(node: number, path: string, args: readonly Argument[]): void {
    const reads = /fgets|gets|scanf|read|recv|getline/.test(path) && !path.startsWith("sscanf")
    const target = path.startsWith("read") || path.startsWith("recv") ? args[1] : args[0]
    const came: Value = this.cameIn(node, { says: path, trust: 0.75 })
    const value = reads
      ? came
      : joined(
          args.slice(1).map((argument) => argument.value),
          args.length > 2,
        )
    const targets = /scanf/.test(path) ? args.slice(1) : [target]
    for (const one of targets) {
      if (!one) continue
      const name = this.tree.source(one.node).replace(/^[&*(\s]+/, "")
      if (/^\w+$/.test(name) && value.level > 0) this.scope.set(name, value)
    }
  }

  private receiverOf(node: number): number {
    const { tree } = this
    const receiver = childBy(tree, node, fields.receiver)
    if (receiver >= 0) return receiver
    const callee = childBy(tree, node, ["function"])
    return callee >= 0 && this.shapes[tree.kind[callee] ?? 0] === "member" ? childBy(tree, callee, fields.object) : -1
  }

  private arguments(node: number): readonly Argument[] {
    const { tree } = this
    let list = tree.child(node, "arguments")
    if (list < 0) list = tree.childOfType(node, "arguments", "argument_list", "token_tree")
    const found: Argument[] = []
    // A tagged template: its holes are arguments of the tag, which gets them apart from the text.
    if (list >= 0 && this.shapes[tree.kind[list] ?? 0] === "text") {
      this.children(list)
      return found
    }
    const holes: Value[] = []
    for (const one of tree.children(list)) {
      const type = tree.type(one)
      if (type === "comment" || type === "line_comment") continue
      if (type === "argument") {
        const name = tree.child(one, "name")
        const inner = tree.lastChild(one)
        found.push({
          node: inner,
          name: name >= 0 && name !== inner ? tree.source(name) : "",
          value: this.value(inner),
        })
      } else if (type === "keyword_argument" || type === "pair") {
        const name = tree.source(childBy(tree, one, fields.key)).replace(/[:'"]/g, "")
        const inner = tree.child(one, "value")
        const value = this.pair(one)
        found.push({ node: inner, name, value })
      } else {
        const value = this.value(one)
        if (tree.type(list) === "token_tree") holes.push(...this.formatHoles(one))
        found.push({ node: one, name: "", value })
      }
    }
    // Rust's macros: `format!("{x}")` has names in its text.
    if (holes.length > 0) found.push({ node: list, name: "", value: joined(holes) })
    const block = tree.child(node, "block")
    if (block >= 0) found.push({ node: block, name: "", value: this.value(block) })
    const initializer = tree.child(node, "initializer")
    if (initializer >= 0) this.value(initializer)
    return found
  }

  private formatHoles(node: number): Value[] {
    if (this.shapes[this.tree.kind[node] ?? 0] !== "text") return []
    const names = this.tree.source(node).matchAll(/\{(\w+)[^}]*\}/g)
    return [...names].flatMap(([, name = ""]) => this.scope.get(name) ?? [])
  }

  private function(node: number): Value {
    const { tree } = this
    const type = tree.type(node)
    const parameters = parametersOf(tree, node)
    // In most languages a block is only a block.
    if ((type === "block" || type === "do_block") && this.family !== "ruby") return this.children(node)
    const given = this.elements
    this.elements = undefined
    const outer = this.scope
    this.scope = new Scope(outer)
    const isHandler = this.isHandler(node)
    for (const parameter of parameters) this.parameter(parameter, given, isHandler)
    const body = tree.child(node, "body")
    let value: Value = constant
    if (body >= 0) {
      value = this.value(body)
      const isExpression = !/block|statement|body|declaration/.test(tree.type(body)) || this.family === "ruby"
      if (isExpression) this.scope.returned.push(value)
    } else {
      // Ruby's methods and blocks hold their statements themselves; the last is what they give.
      const end = tree.after[node] ?? 0
      for (let at = node + 1; at < end; at = tree.after[at] ?? end) {
        if (!parameters.includes(at) && tree.field[at] !== tree.fieldIds.get("name")) value = this.value(at)
      }
      if (this.family === "ruby") this.scope.returned.push(value)
    }
    const result: Value = { ...joined(this.scope.returned), isFunction: true }
    this.scope = outer
    this.elements = given
    const name = tree.child(node, "name")
    if (name >= 0 && !/method|constructor/.test(type)) outer.declare(tree.source(name), result)
    return result
  }

  private parameter(list: number, given: Value | undefined, isHandler: boolean): void {
    const { tree } = this
    const single = tree.isLeaf(list) || !/parameter/.test(tree.type(list))
    for (const one of single ? [list] : tree.children(list)) {
      const source = tree.source(one).slice(0, 300)
      for (const name of boundNames(tree, this.shapes, one)) {
        const says = tree.source(name)
        this.scope.declare(says, this.parameterValue(name, says, source, given, isHandler))
      }
    }
  }

  private parameterValue(
    node: number,
    says: string,
    source: string,
    given: Value | undefined,
    isHandler: boolean,
  ): Value {
    const declared = source.replace(/=[^>][\s\S]*$/, "")
    if (harmlessType.test(declared)) return constant
    if (isHandler || sourceParameter.test(source))
      return this.cameIn(node, { says: `the parameter ${says}`, trust: 0.95 })
    const came = sourceOf(says, this.family)
    if (came && this.family === "c") return this.cameIn(node, came)
    if (given && (given.level !== levels.unknown || given.text !== undefined) && given.path === undefined)
      return { ...given, text: undefined, isBuilt: false }
    const alias = /^(?:req|request|ctx|event|params|r|c|context|res|response|location|document|window)$/.test(says)
      ? says
      : undefined
    return {
      ...constant,
      level: levels.parameter,
      from: { node, says: `the parameter ${says}` },
      path: alias ?? aliasOfType(says, declared, this.family),
    }
  }

  /** A function whose decorator says that a framework calls it with what came in. */
  private isHandler(node: number): boolean {
    if (this.family !== "python") return false
    const { tree } = this
    const up = tree.parentOf(node)
    if (tree.type(up) !== "decorated_definition") return false
    return tree
      .children(up)
      .some(
        (one) =>
          tree.type(one) === "decorator" &&
          /\.(?:route|get|post|put|delete|patch|websocket)\s*\(/.test(tree.source(one).slice(0, 200)),
      )
  }

  private branch(node: number): Value {
    const { tree } = this
    const condition = tree.child(node, "condition")
    if (condition >= 0) this.checked(condition)
    return this.inBranch(() => this.children(node))
  }

  /** What a condition looks at closely is trusted more from there on. */
  private checked(condition: number): void {
    const { tree } = this
    const source = tree.source(condition)
    if (source.length > 2_000 || !checks.test(source)) return
    for (let at = condition; at < (tree.after[condition] ?? 0); at++) {
      if (this.shapes[tree.kind[at] ?? 0] !== "name") continue
      const name = tree.source(at)
      const value = this.scope.get(name)
      if (value && value.level >= levels.parameter) this.scope.declare(name, { ...value, trust: value.trust * 0.4 })
    }
  }

  private inBranch(work: () => Value): Value {
    this.scope.branches += 1
    try {
      return work()
    } finally {
      this.scope.branches -= 1
    }
  }
}
