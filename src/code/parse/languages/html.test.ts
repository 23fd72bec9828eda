import { expect, test } from "vitest"
import { terse } from "./terse.testing.ts"

test("elements with an id and headings are sections under each other", async () => {
  const { definitions, signatures } = await terse(
    "a.html",
    `<title>Shop</title>
<div id=main class="a">
  <h2 id="two">Two &amp; more</h2>
  <H3>Three <em>words</em> here</H3>
  <img id="pic" src="x.png">
</div>
<p>none</p>
`,
  )
  expect(definitions).toEqual([
    "section Shop 1-1",
    "section #main 2-6",
    "section #main > #two 3-3",
    "section #main > Three words here 4-4",
    "section #main > #pic 5-5",
  ])
  expect(signatures["#main"]).toBe('<div id=main class="a">')
  expect(signatures["#two"]).toBe('<h2 id="two">Two &amp; more</h2>')
})

test("scripts and linked files are imports", async () => {
  const { imports } = await terse(
    "a.html",
    '<link rel="stylesheet" href="a.css"><script src=b.js></script><script>start()</script><link rel=x>\n',
  )
  expect(imports).toEqual(["a.css", "b.js"])
})

test("a page that breaks off keeps what stands before the break", async () => {
  const { definitions } = await terse("a.html", '<h1>One</h1>\n<section id="two">\n<p>text <a href="')
  expect(definitions[0]).toBe("section One 1-1")
})
