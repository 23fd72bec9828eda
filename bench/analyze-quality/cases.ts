// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code to be looked at, in quotes.
/** A small program that has one fault of a rule, or that looks as if it had one and hasn't. */
export interface Case {
  readonly language: string
  readonly rule: string
  readonly isBad: boolean
  readonly code: string
}

const pair = (language: string, rule: string, bad: string, good: string): readonly Case[] => [
  { language, rule, isBad: true, code: bad },
  { language, rule, isBad: false, code: good },
]

const java = (body: string) =>
  `class T extends HttpServlet { public void doPost(HttpServletRequest request, HttpServletResponse response) throws Exception { ${body} } }`
const go = (body: string) => `package m\nfunc handle(w http.ResponseWriter, r *http.Request) {\n${body}\n}\n`
const cs = (body: string) => `class C : Controller { public IActionResult F(string unused) { ${body} } }`

/** In the style of the OWASP Benchmark: data from a request reaches a sink, or is replaced, cleaned or bound on its way. */
export const cases: readonly Case[] = [
  ...pair(
    "java",
    "sql-injection",
    java(
      'String p = request.getParameter("p"); String bar = ""; if (p != null) bar = p; stmt.executeUpdate("INSERT INTO u VALUES(\'" + bar + "\')");',
    ),
    java(
      'String p = request.getParameter("p"); PreparedStatement s = con.prepareStatement("INSERT INTO u VALUES(?)"); s.setString(1, p); s.execute();',
    ),
  ),
  ...pair(
    "java",
    "sql-injection",
    java(
      'java.util.Map<String,String> m = new java.util.HashMap<>(); m.put("k", request.getHeader("h")); String sql = "SELECT " + m.get("k"); statement.executeQuery(sql);',
    ),
    java(
      'String p = request.getHeader("h"); String bar = "safe"; String sql = "SELECT * FROM t WHERE a=\'" + bar + "\'"; statement.executeQuery(sql);',
    ),
  ),
  ...pair(
    "java",
    "command-injection",
    java('String[] args = {"sh", "-c", "echo " + request.getParameter("p")}; Runtime.getRuntime().exec(args);'),
    java('String[] args = {"sh", "-c", "echo hello"}; Runtime.getRuntime().exec(args);'),
  ),
  ...pair(
    "java",
    "path-traversal",
    java(
      'String f = java.net.URLDecoder.decode(request.getParameter("f"), "UTF-8"); new java.io.FileInputStream(DIR + f);',
    ),
    java('String f = "known.txt"; new java.io.FileInputStream(DIR + f);'),
  ),
  ...pair(
    "java",
    "xss",
    java('String p = request.getParameter("p"); response.getWriter().format("<p>%s</p>", p);'),
    java(
      'String p = org.owasp.esapi.ESAPI.encoder().encodeForHTML(request.getParameter("p")); response.getWriter().print(p);',
    ),
  ),
  ...pair(
    "java",
    "weak-random",
    java("double d = Math.random(); remember(d);"),
    java("java.security.SecureRandom r = new java.security.SecureRandom(); r.nextInt();"),
  ),
  ...pair(
    "java",
    "weak-hash",
    java('MessageDigest md = MessageDigest.getInstance("SHA1");'),
    java('MessageDigest md = MessageDigest.getInstance("SHA-512");'),
  ),
  ...pair(
    "java",
    "weak-cipher",
    java('Cipher c = Cipher.getInstance("DESede/ECB/PKCS5Padding");'),
    java('Cipher c = Cipher.getInstance("AES/GCM/NoPadding");'),
  ),
  ...pair(
    "java",
    "ldap-injection",
    java('String filter = "(uid=" + request.getParameter("u") + ")"; ctx.search(base, filter, controls);'),
    java('String filter = "(uid={0})"; ctx.search(base, filter, new Object[]{"x"}, controls);'),
  ),
  ...pair(
    "java",
    "xpath-injection",
    java('String e = "/u[@n=\'" + request.getParameter("u") + "\']"; xp.evaluate(e, doc);'),
    java("xp.evaluate(\"/u[@n='a']\", doc);"),
  ),
  ...pair("java", "insecure-cookie", java("cookie.setSecure(false);"), java("cookie.setSecure(true);")),
  ...pair(
    "javascript",
    "sql-injection",
    "app.post('/x', async (req, res) => { const { name } = req.body; const rows = await pool.query(`SELECT * FROM u WHERE n = '${name}'`); res.json(rows) })",
    "app.post('/x', async (req, res) => { const { name } = req.body; const rows = await pool.query('SELECT * FROM u WHERE n = $1', [name]); res.json(rows) })",
  ),
  ...pair(
    "javascript",
    "command-injection",
    "const { execSync } = require('child_process'); module.exports = (req, res) => { res.end(execSync('convert ' + req.query.file + ' out.png')) }",
    "const { execFileSync } = require('child_process'); module.exports = (req, res) => { res.end(execFileSync('convert', [req.query.file, 'out.png'])) }",
  ),
  ...pair(
    "javascript",
    "path-traversal",
    "import fs from 'node:fs/promises'; import path from 'node:path'; export async function get(req) { return fs.readFile(path.join(root, req.params.name)) }",
    "import fs from 'node:fs/promises'; import path from 'node:path'; export async function get(req) { return fs.readFile(path.join(root, path.basename(req.params.name))) }",
  ),
  ...pair(
    "javascript",
    "xss",
    "const q = new URLSearchParams(location.search).get('q'); document.getElementById('r').innerHTML = 'Results for ' + q",
    "const q = new URLSearchParams(location.search).get('q'); document.getElementById('r').textContent = 'Results for ' + q",
  ),
  ...pair(
    "typescript",
    "ssrf",
    "export async function handler(req: Request) { const { url } = await req.json(); return fetch(url) }",
    "export async function handler(req: Request) { const { id } = await req.json(); return fetch(`https://api.example.org/items/${id}`) }",
  ),
  ...pair(
    "javascript",
    "open-redirect",
    "app.get('/go', (req, res) => res.redirect(302, req.query.to))",
    "app.get('/go', (req, res) => res.redirect(302, '/home?from=' + encodeURIComponent(req.query.to)))",
  ),
  ...pair(
    "javascript",
    "disabled-tls-check",
    "const agent = new https.Agent({ rejectUnauthorized: false })",
    "const agent = new https.Agent({ rejectUnauthorized: true })",
  ),
  ...pair(
    "javascript",
    "slow-regex",
    "const email = /^([a-zA-Z0-9_.-]+)+@example$/",
    "const email = /^[a-zA-Z0-9_.-]+@example$/",
  ),
  ...pair(
    "javascript",
    "code-injection",
    "function run(code) { return new Function('x', code) }",
    "const run = new Function('x', 'return x + 1')",
  ),
  ...pair(
    "javascript",
    "weak-random",
    "function makeToken() { return Math.random().toString(36).slice(2) }",
    "function jitter() { return Math.random() * 100 }",
  ),
  ...pair(
    "javascript",
    "prototype-pollution",
    "const _ = require('lodash'); app.post('/s', (req) => { _.merge(settings, req.body) })",
    "const _ = require('lodash'); _.merge(settings, { a: 1 })",
  ),
  ...pair(
    "python",
    "sql-injection",
    "from flask import request\ndef f():\n    user = request.form['user']\n    query = 'SELECT * FROM users WHERE name = \"' + user + '\"'\n    db.session.execute(query)\n",
    "from flask import request\ndef f():\n    user = request.form['user']\n    db.session.execute('SELECT * FROM users WHERE name = :n', {'n': user})\n",
  ),
  ...pair(
    "python",
    "command-injection",
    "import subprocess, sys\nsubprocess.call('tar xf ' + sys.argv[1], shell=True)\n",
    "import subprocess, sys\nsubprocess.call(['tar', 'xf', 'a.tar'])\n",
  ),
  ...pair(
    "python",
    "path-traversal",
    "@app.get('/d/{name}')\ndef d(name: str):\n    return open(f'/srv/{name}').read()\n",
    "@app.get('/d/{name}')\ndef d(name: int):\n    return open(f'/srv/{name}').read()\n",
  ),
  ...pair(
    "python",
    "unsafe-deserialization",
    "import yaml\ndef f(request):\n    return yaml.load(request.body, Loader=yaml.Loader)\n",
    "import yaml\ndef f(request):\n    return yaml.load(request.body, Loader=yaml.SafeLoader)\n",
  ),
  ...pair(
    "python",
    "template-injection",
    "from flask import render_template_string, request\ndef f():\n    return render_template_string('Hello ' + request.args.get('n'))\n",
    "from flask import render_template_string, request\ndef f():\n    return render_template_string('Hello {{ n }}', n=request.args.get('n'))\n",
  ),
  ...pair(
    "python",
    "xss",
    "from django.utils.safestring import mark_safe\ndef f(request):\n    return mark_safe('<b>' + request.GET['q'] + '</b>')\n",
    "from django.utils.safestring import mark_safe\nfrom django.utils.html import escape\ndef f(request):\n    return mark_safe('<b>' + escape(request.GET['q']) + '</b>')\n",
  ),
  ...pair(
    "python",
    "weak-hash",
    "import hashlib\nhashlib.sha1(password.encode())\n",
    "import hashlib\nhashlib.md5(data, usedforsecurity=False)\n",
  ),
  ...pair(
    "python",
    "ssrf",
    "import httpx\nasync def f(request):\n    return await httpx.get(request.query_params['url'])\n",
    "import httpx\nasync def f(request):\n    return await httpx.get('https://example.org/', params={'q': request.query_params['q']})\n",
  ),
  ...pair(
    "python",
    "code-injection",
    "def calc(expr):\n    return eval(expr)\n",
    "import ast\ndef calc(expr):\n    return ast.literal_eval(expr)\n",
  ),
  ...pair(
    "go",
    "sql-injection",
    go('id := r.FormValue("id")\nrows, err := db.QueryContext(ctx, "SELECT * FROM t WHERE id = " + id)\n_ = rows'),
    go('id := r.FormValue("id")\nrows, err := db.QueryContext(ctx, "SELECT * FROM t WHERE id = $1", id)\n_ = rows'),
  ),
  ...pair(
    "go",
    "command-injection",
    go('cmd := exec.Command("bash", "-c", "grep "+r.URL.Query().Get("q")+" log")\ncmd.Run()'),
    go('cmd := exec.Command("grep", "-r", "needle", "log")\ncmd.Run()'),
  ),
  ...pair(
    "go",
    "path-traversal",
    go('name := r.PathValue("name")\nb, _ := os.ReadFile(filepath.Join(dir, name))\n_ = b'),
    go('name := filepath.Base(r.PathValue("name"))\nb, _ := os.ReadFile(filepath.Join(dir, name))\n_ = b'),
  ),
  ...pair(
    "go",
    "disabled-tls-check",
    "package m\nvar c = &tls.Config{InsecureSkipVerify: true}\n",
    "package m\nvar c = &tls.Config{MinVersion: tls.VersionTLS12}\n",
  ),
  ...pair(
    "php",
    "sql-injection",
    "<?php $id = $_POST['id']; $sql = \"SELECT * FROM u WHERE id = '$id'\"; $r = mysqli_query($conn, $sql);",
    "<?php $id = (int) $_POST['id']; $sql = \"SELECT * FROM u WHERE id = $id\"; $r = mysqli_query($conn, $sql);",
  ),
  ...pair(
    "php",
    "xss",
    "<?php $n = $_GET['n']; echo \"<h1>Hello $n</h1>\";",
    "<?php $n = htmlspecialchars($_GET['n'], ENT_QUOTES); echo \"<h1>Hello $n</h1>\";",
  ),
  ...pair(
    "php",
    "command-injection",
    "<?php $h = $_REQUEST['host']; echo shell_exec('ping -c 1 ' . $h);",
    "<?php $h = escapeshellarg($_REQUEST['host']); echo shell_exec('ping -c 1 ' . $h);",
  ),
  ...pair(
    "php",
    "path-traversal",
    "<?php include('pages/' . $_GET['p'] . '.php');",
    "<?php $pages = ['a' => 'a.php']; include('pages/a.php');",
  ),
  ...pair(
    "php",
    "unsafe-deserialization",
    "<?php $o = unserialize(base64_decode($_COOKIE['s']));",
    "<?php $o = json_decode($_COOKIE['s'], true);",
  ),
  ...pair(
    "ruby",
    "sql-injection",
    "class C\n  def index\n    @u = User.where(\"name = '#{params[:name]}'\")\n  end\nend\n",
    'class C\n  def index\n    @u = User.where("name = ?", params[:name])\n  end\nend\n',
  ),
  ...pair(
    "ruby",
    "command-injection",
    'def f\n  system("nslookup #{params[:host]}")\nend\n',
    'def f\n  system("nslookup", "localhost")\nend\n',
  ),
  ...pair(
    "ruby",
    "unsafe-deserialization",
    "def f\n  Marshal.load(Base64.decode64(params[:data]))\nend\n",
    "def f\n  JSON.parse(params[:data])\nend\n",
  ),
  ...pair(
    "csharp",
    "sql-injection",
    cs(
      'var n = Request.Query["n"]; var cmd = new SqlCommand("SELECT * FROM u WHERE n = \'" + n + "\'", conn); return Ok();',
    ),
    cs(
      'var n = Request.Query["n"]; var cmd = new SqlCommand("SELECT * FROM u WHERE n = @n", conn); cmd.Parameters.AddWithValue("@n", n); return Ok();',
    ),
  ),
  ...pair(
    "csharp",
    "path-traversal",
    cs('var f = Request.Query["f"]; return Content(System.IO.File.ReadAllText(Path.Combine(root, f)));'),
    cs(
      'var f = Path.GetFileName(Request.Query["f"]); return Content(System.IO.File.ReadAllText(Path.Combine(root, f)));',
    ),
  ),
  ...pair(
    "csharp",
    "open-redirect",
    cs('return Redirect(Request.Query["returnUrl"]);'),
    cs('return Redirect("/home");'),
  ),
  ...pair(
    "c",
    "buffer-overflow",
    "void f(char *name) { char b[16]; strcpy(b, name); }",
    'void f(char *name) { char b[16]; snprintf(b, sizeof b, "%s", name); }',
  ),
  ...pair(
    "c",
    "format-string",
    "int main(int argc, char **argv) { printf(argv[1]); return 0; }",
    'int main(int argc, char **argv) { printf("%s\\n", argv[1]); return 0; }',
  ),
  ...pair(
    "c",
    "command-injection",
    'int main(int argc, char **argv) { char c[200]; snprintf(c, 200, "rm %s", argv[1]); system(c); }',
    'int main(void) { char c[200]; snprintf(c, 200, "rm %s", "a"); system(c); }',
  ),
  ...pair(
    "cpp",
    "command-injection",
    'int main(int argc, char **argv) { std::string c = "ls "; c += argv[1]; std::system(c.c_str()); }',
    'int main() { std::string c = "ls "; std::system(c.c_str()); }',
  ),
  ...pair(
    "rust",
    "sql-injection",
    "async fn f(q: web::Query<Search>, db: &Db) { let sql = format!(\"SELECT * FROM t WHERE a = '{}'\", q.a); sqlx::query(&sql).fetch_all(db).await; }",
    'async fn f(q: web::Query<Search>, db: &Db) { sqlx::query("SELECT * FROM t WHERE a = $1").bind(&q.a).fetch_all(db).await; }',
  ),
  ...pair(
    "rust",
    "disabled-tls-check",
    "fn c() -> Client { Client::builder().danger_accept_invalid_certs(true).build().unwrap() }",
    "fn c() -> Client { Client::builder().danger_accept_invalid_certs(false).build().unwrap() }",
  ),
  ...pair(
    "rust",
    "command-injection",
    'fn main() { let a = std::env::args().nth(1).unwrap(); Command::new("sh").arg("-c").arg(a).status(); }',
    'fn main() { Command::new("sh").arg("-c").arg("ls").status(); }',
  ),
]
