import { expect, test } from "vitest"
import { markdownOf } from "./markdown.ts"

const page = (body: string, head = "") => `<!doctype html><html><head>${head}</head><body>${body}</body></html>`
const text = (body: string, head = "") => markdownOf(page(body, head), "https://example.com/docs/page").text

test("headings, lists, code, tables and links become Markdown with addresses that are whole", () => {
  const { title, text: made } = markdownOf(
    page(
      `<h2>Use</h2><p>See <a href="../api?x=1#top">the <b>API</b></a>, <a href="#here">here</a>.</p>
       <ul><li>one</li><li>two</li></ul><pre><code class="language-ts">const a = 1 &lt; 2</code></pre>
       <pre>plain  text</pre>
       <table><thead><tr><th>name</th><th>says</th></tr></thead><tbody><tr><td>a|b</td><td>c<br>d</td></tr></tbody></table>
       <img src="x.png" alt="A duck"><img src="y.gif">`,
      "<title> The  page </title>",
    ),
    "https://example.com/docs/page",
  )
  expect(title).toBe("The page")
  expect(made).toContain("## Use")
  expect(made).toContain("See [the **API**](https://example.com/api?x=1#top), here.")
  expect(made).toMatch(/- +one\n- +two/)
  expect(made).toContain("```ts\nconst a = 1 < 2\n```")
  expect(made).toContain("```\nplain  text\n```")
  expect(made).toContain("| name | says |\n| --- | --- |\n| a\\|b | c d |")
  expect(made).toContain("[picture: A duck]")
  expect(made).not.toContain("y.gif")
})

test("what nobody sees is left out: scripts, styles, menus, and text that is hidden", () => {
  const made = text(
    `<nav>Menu</nav><script>evil()</script><style>p {}</style><p hidden>secret one</p>
     <div style="display: none">secret two</div><span aria-hidden="true">secret three</span><p>Seen</p>`,
  )
  expect(made).toBe("Seen")
})

test("of a page with one main part only that is taken, unless it is next to nothing", () => {
  const long = "What the page is about. ".repeat(20)
  expect(text(`<div>Beside</div><main><h1>Top</h1><p>${long}</p></main><footer>Foot</footer>`)).toBe(
    `# Top\n\n${long.trim()}`,
  )
  expect(text(`<p>All of it</p><main>short</main>`)).toContain("All of it")
})

test("links that run something, and a base of the page's own, are seen to", () => {
  expect(text(`<a href="javascript:evil()">press</a>`)).toBe("press")
  expect(text(`<base href="https://other.example/x/"><a href="y">y</a>`)).toBe("[y](https://other.example/x/y)")
})
