import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("rules, at-rules and nested rules are sections under each other", async () => {
  const { definitions } = await terse(
    "a.css",
    `@layer base {
  html { color: red }
}
@supports (display: grid) {
  .grid { display: grid }
}
@container card (min-width: 1px) { .c { gap: 0 } }
.parent {
  & .child { color: blue }
  &:hover { --tint: 1 }
}
@keyframes pulse { 0% { opacity: 0 } }
`,
  )
  expect(definitions).toEqual([
    "section @layer base 1-3",
    "section @layer base > html 2-2",
    "section @supports (display: grid) 4-6",
    "section @supports (display: grid) > .grid 5-5",
    "section @container card (min-width: 1px) 7-7",
    "section @container card (min-width: 1px) > .c 7-7",
    "section .parent 8-11",
    "section .parent > & .child 9-9",
    "section .parent > &:hover 10-10",
    "variable .parent > &:hover > --tint 10-10",
    "section @keyframes pulse 12-12",
  ])
})

test("a custom property is defined where it is set first and used where it is read", async () => {
  const { definitions, references } = await terse(
    "a.css",
    ":root { --a: 1px }\n.dark { --a: 2px }\n.b { margin: var(--a, var(--c)) }\n",
  )
  expect(definitions.filter((line) => line.startsWith("variable"))).toEqual(["variable :root > --a 1-1"])
  expect(references).toEqual(["use --a 3", "use --c 3"])
})

test("imported sheets, pictures and fonts are imports; data and other sites' are not", async () => {
  const { imports } = await terse(
    "a.css",
    `@import "a.css" layer(base);
@import url(b.css);
@import url("c.css") screen;
@font-face { src: url(fonts/x.woff2?v=1) }
.a { background: url("img/y.png"), url(data:image/png;base64,AAAA), url(https://example.com/z.png) }
`,
  )
  expect(imports).toEqual(["a.css", "b.css", "c.css", "fonts/x.woff2", "img/y.png"])
})

test("a sheet that breaks off keeps the rules before the break", async () => {
  const { definitions } = await terse("a.css", ".one { color: red }\n\n.two {\n  color: var(--")
  expect(definitions[0]).toBe("section .one 1-1")
})
